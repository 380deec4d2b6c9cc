#include "driver/postgres/restore/owner_sessions.hpp"

#include <algorithm>

#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

namespace {

// Sequences follow the table that owns them; these belong to no table.
constexpr const char* kHeldSequences =
    "SELECT c.oid::pg_catalog.regclass::pg_catalog.text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner WHERE "
    "c.relkind = 'S' AND r.rolname = $1";

}  // namespace

OwnerSessions::OwnerSessions(const ConnInfo& info, Connection& leader, const std::string& all_to, bool fenced, Context& context)
    : info_(info), context_(context), leader_(session_role(leader)), all_to_(all_to) {
  if (!fenced) return;
  plain_ = plain_roles(leader);
  known_ = role_names(leader);
  roles_.emplace(info_, context_);
}

OwnerSessions::~OwnerSessions() {
  try {
    if (roles_) give_back();
  } catch (const std::exception& error) {
    context_.warn(std::string("not all objects could be given back to their owners: ") + error.what());
  }
}

OwnerSessions::Owners OwnerSessions::owners(const Owners& recorded) const {
  Owners owners;
  for (const std::string& each : recorded) owners.insert(owner(each));
  return owners;
}

std::string OwnerSessions::holder(const std::string& owner) {
  if (lends_its_rights(owner)) return owner;
  if (with_owner() && !known_.contains(owner)) {
    constexpr const char* kUndefinedObject = "42704";
    throw ServerError(ErrorCode::not_found, info_.display(),
                      {.sqlstate = kUndefinedObject, .text = "role " + quote_identifier(owner) + " does not exist"});
  }
  std::string& stand_in = stand_ins_[owner];
  if (stand_in.empty()) stand_in = roles_->group();
  return stand_in;
}

const ConnInfo& OwnerSessions::login(const Owners& owners) {
  const auto known = logins_.find(owners);
  if (known != logins_.end()) return known->second;
  std::vector<std::string> member_of;
  for (const std::string& owner : owners) member_of.push_back(holder(owner));
  const std::string heir = owners.size() == 1 && plain(*owners.begin()) ? *owners.begin() : "";
  return logins_.emplace(owners, roles_->login(member_of, heir)).first->second;
}

void OwnerSessions::grant(const std::string& what, const Owners& owners) {
  const auto stand_in = std::ranges::find_if(owners, [&](const std::string& owner) { return !plain(owner); });
  roles_->grant(what, stand_in == owners.end() ? role(owners) : holder(*stand_in));
}

void OwnerSessions::grant_holder(const std::string& what, const std::string& owner) {
  if (roles_ && !plain(owner)) roles_->grant(what, holder(owner));
}

void OwnerSessions::let_read_extensions(Connection& leader) {
  if (stand_ins_.empty()) return;
  const Rows tables = leader.query(
      "SELECT pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace "
      "n "
      "ON n.oid = c.relnamespace JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid "
      "AND d.deptype = 'e' WHERE c.relkind IN ('r', 'p')");
  for (const auto& [owner, stand_in] : stand_ins_) {
    for (int row = 0; row < tables.size(); ++row) {
      roles_->grant("USAGE ON SCHEMA " + tables.text(row, 0), stand_in);
      roles_->grant("SELECT, REFERENCES ON " + tables.text(row, 0) + "." + tables.text(row, 1), stand_in);
    }
  }
}

void OwnerSessions::open_schema(const std::string& schema, const std::string& owner, Connection& leader) {
  const std::string right = "USAGE ON SCHEMA " + quote_identifier(schema);
  if (!plain(owner)) return grant_holder(right, owner);
  if (leader.query("SELECT pg_catalog.has_schema_privilege($1, $2, 'USAGE')", {owner, schema}).flag(0, 0)) return;
  opened_.emplace_back(schema, owner);
  leader.query("GRANT " + right + " TO " + quote_identifier(owner));
}

// Gives objects back one by one, not everything that a stand-in owns: code in its session may have created objects,
// which must not become a superuser's.
void OwnerSessions::give_back() {
  if (held_.empty() && opened_.empty()) return;
  Context own;
  own.limits = context_.limits;
  Connection connection(info_, own);
  for (const auto& [object, owner] : held_) connection.query("ALTER " + object + " OWNER TO " + quote_identifier(owner));
  held_.clear();
  for (const auto& [schema, owner] : opened_) {
    connection.query("REVOKE USAGE ON SCHEMA " + quote_identifier(schema) + " FROM " + quote_identifier(owner));
  }
  opened_.clear();
  for (const auto& [owner, stand_in] : stand_ins_) {
    const Rows sequences = connection.query(kHeldSequences, {stand_in});
    for (int row = 0; row < sequences.size(); ++row) {
      connection.query("ALTER SEQUENCE " + sequences.text(row, 0) + " OWNER TO " + quote_identifier(final_owner(owner)));
    }
  }
}

void OwnerSessions::finish() {
  if (!roles_) return;
  give_back();
  roles_->drop();
}

}  // namespace holdfast::postgres
