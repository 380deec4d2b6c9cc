#include "driver/postgres/restore/inheritance.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/restore/deferred.hpp"
#include "driver/postgres/restore/table_definition.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

// The place of the parents' names in a definition.
struct ParentList {
  std::size_t begin = 0, end = 0;
  std::vector<std::string> names;  // as SQL
};

ParentList parents_of(std::string_view sql) {
  const std::vector<std::string_view> parents = parents_in(sql);
  if (parents.empty()) return {};
  const std::string_view last = parents.back();
  return {.begin = static_cast<std::size_t>(parents.front().data() - sql.data()),
          .end = static_cast<std::size_t>(last.data() + last.size() - sql.data()),
          .names = {parents.begin(), parents.end()}};
}

std::string unquoted(std::string_view name) {
  if (!name.starts_with('"')) return std::string(name);
  std::string plain;
  for (std::size_t at = 1; at + 1 < name.size(); ++at) {
    plain += name[at];
    if (name[at] == '"') ++at;  // doubled
  }
  return plain;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string child_of(const TocEntry& table) { return "ALTER TABLE " + qualified(view(table.schema), view(table.tag)); }

}  // namespace

bool Inheritance::has_parents(const TocEntry& table) {
  return view(table.desc).ends_with("TABLE") && !parents_of(view(table.definition)).names.empty();
}

bool Inheritance::is_parent(const TocEntry& table, const TocEntry& parent) {
  const std::vector<std::string> names = parents_of(view(table.definition)).names;
  return std::ranges::any_of(names, [&](const std::string& name) {
    const std::size_t dot = std::min(masked_text(name).find('.'), name.size() - 1);
    return unquoted(name.substr(0, dot)) == view(parent.schema) && unquoted(name.substr(dot + 1)) == view(parent.tag);
  });
}

void Inheritance::create(const std::string& owner, const std::function<void(const std::string& sql)>& create) {
  const ParentList list = parents_of(view(table_.definition));
  std::string sql(view(table_.definition));
  try {
    copy_parents(list.names, owner);
    create(sql.replace(list.begin, list.end - list.begin, joined(copies_)));
  } catch (...) {
    for (const std::string& copy : copies_) drop_quietly("DROP TABLE " + copy);
    throw;
  }
  try {
    exchange_parents(list.names);
  } catch (...) {
    drop_quietly("DROP TABLE " + qualified(view(table_.schema), view(table_.tag)));
    for (const std::string& copy : copies_) drop_quietly("DROP TABLE IF EXISTS " + copy);
    throw;
  }
}

std::string Inheritance::copy_name(std::size_t number) const {
  return quote_identifier(view(table_.schema)) + fmt::format(".holdfast_parent_{}_{}", table_.dump_id, number);
}

// If a restore was interrupted before it had exchanged all parents, the table is made anew: it has no rows yet.
void Inheritance::drop_interrupted() {
  const std::size_t parents = parents_of(view(table_.definition)).names.size();
  for (std::size_t number = 1; number <= parents; ++number) {
    const bool exists = !leader_.query("SELECT pg_catalog.to_regclass($1)", {copy_name(number)}).is_null(0, 0);
    if (exists) run_statement(leader_, "DROP TABLE " + copy_name(number) + " CASCADE");
  }
}

void Inheritance::copy_parents(const std::vector<std::string>& parents, const std::string& owner) {
  const int major = major_of(leader_.server_version());
  const std::string like = std::string(" INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING STORAGE") +
                           (major >= 12 ? " INCLUDING GENERATED" : "") + (major >= 14 ? " INCLUDING COMPRESSION" : "");
  for (const std::string& parent : parents) {
    const std::string copy = copy_name(copies_.size() + 1);
    run_statement(leader_, "CREATE TABLE " + copy + " (LIKE " + parent + like + ")");
    copies_.push_back(copy);
    run_statement(leader_, "ALTER TABLE " + copy + " OWNER TO " + quote_identifier(owner));
  }
}

// A column that lost its last parent would become the table's own: the new parents come first.
void Inheritance::exchange_parents(const std::vector<std::string>& parents) {
  for (const std::string& parent : parents) run_statement(leader_, child_of(table_) + " INHERIT " + parent);
  for (const std::string& copy : copies_) {
    run_statement(leader_, child_of(table_) + " NO INHERIT " + copy);
    run_statement(leader_, "DROP TABLE " + copy);
  }
}

void Inheritance::drop_quietly(const std::string& sql) {
  try {
    leader_.query(sql);
  } catch (const Error&) {  // the first failure tells more
  }
}

}  // namespace holdfast::postgres
