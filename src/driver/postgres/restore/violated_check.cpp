#include "driver/postgres/restore/violated_check.hpp"

#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

constexpr const char* kOfTable =
    "SELECT pg_catalog.pg_get_constraintdef(oid), coninhcount > 0 FROM pg_catalog.pg_constraint WHERE contype = 'c' AND conname = $1 AND "
    "conrelid = pg_catalog.to_regclass($2)";
constexpr const char* kOfDomain =
    "SELECT pg_catalog.pg_get_constraintdef(oid), false FROM pg_catalog.pg_constraint WHERE contype = 'c' AND conname = $1 AND contypid = "
    "pg_catalog.to_regtype($2)";

}  // namespace

std::optional<ViolatedCheck> ViolatedCheck::find(const ServerMessage& said, const Table& table, const Entries& entries,
                                                 Connection& leader) {
  constexpr const char* kCheckViolation = "23514";
  if (said.sqlstate != kCheckViolation || said.constraint.empty()) return std::nullopt;
  const bool of_table = said.type.empty();
  const std::string name = qualified(said.schema, of_table ? said.table : said.type);
  const Rows found = leader.query(of_table ? kOfTable : kOfDomain, {said.constraint, name});
  if (found.size() == 0) return std::nullopt;
  // Partitions get it from their root, and only there it can be dropped.
  const bool of_root = found.flag(0, 1) && !table.ancestors.empty();
  const TocEntry* entry = !of_table ? entries.domain({said.schema, said.type})
                          : of_root ? entries.relation(table.ancestors.back())
                                    : entries.relation({said.schema, said.table});
  if (entry == nullptr) return std::nullopt;
  ViolatedCheck check;
  check.object_ = std::string(of_table ? "TABLE " : "DOMAIN ") + qualified(view(entry->schema), view(entry->tag));
  check.name_ = said.constraint;
  check.definition_ = found.text(0, 0);
  check.owner_ = view(entry->owner);
  return check;
}

void ViolatedCheck::alter(const std::string& how, Sessions& sessions, OwnerSessions& owners) const {
  run_statement(sessions.of(owners.owners({owner_})), "ALTER " + object_ + how, Wait::unlimited);
}

void ViolatedCheck::drop(Sessions& sessions, OwnerSessions& owners) const {
  alter(" DROP CONSTRAINT " + quote_identifier(name_), sessions, owners);
}

void ViolatedCheck::add_not_valid(Sessions& sessions, OwnerSessions& owners) const {
  const bool says_so = definition_.ends_with(" NOT VALID");
  alter(" ADD CONSTRAINT " + quote_identifier(name_) + " " + definition_ + (says_so ? "" : " NOT VALID"), sessions, owners);
}

}  // namespace holdfast::postgres
