#include "driver/postgres/restore/entries.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/restore/inheritance.hpp"

namespace holdfast::postgres {

using pg_archive::Section;
using pg_archive::TocEntry;
using pg_archive::view;

namespace {

template <std::size_t N>
bool is_kind(const TocEntry& entry, const std::array<std::string_view, N>& kinds) {
  return std::ranges::find(kinds, view(entry.desc)) != kinds.end();
}

// Names, and texts that nothing reads before they are used. They contain no expression: PostgreSQL reads a literal when
// it parses the statement, and for an array, row or range of domains it then runs the domains' CHECKs.
constexpr std::array<std::string_view, 34> kNamesOnly = {"SCHEMA",
                                                         "EXTENSION",
                                                         "PROCEDURAL LANGUAGE",
                                                         "ACCESS METHOD",
                                                         "TYPE",
                                                         "SHELL TYPE",
                                                         "OPERATOR",
                                                         "OPERATOR CLASS",
                                                         "OPERATOR FAMILY",
                                                         "CAST",
                                                         "TRANSFORM",
                                                         "COLLATION",
                                                         "CONVERSION",
                                                         "TEXT SEARCH PARSER",
                                                         "TEXT SEARCH TEMPLATE",
                                                         "TEXT SEARCH DICTIONARY",
                                                         "TEXT SEARCH CONFIGURATION",
                                                         "SEQUENCE",
                                                         "SEQUENCE OWNED BY",
                                                         "INDEX ATTACH",
                                                         "ROW SECURITY",
                                                         "PUBLICATION",
                                                         "PUBLICATION TABLES IN SCHEMA",
                                                         "SUBSCRIPTION",
                                                         "SUBSCRIPTION TABLE",
                                                         "EVENT TRIGGER",
                                                         "COMMENT",
                                                         "SECURITY LABEL",
                                                         "ACL",
                                                         "ACL LANGUAGE",
                                                         "DEFAULT ACL",
                                                         "LARGE OBJECT",
                                                         "BLOB",
                                                         "BLOB METADATA"};
constexpr std::array<std::string_view, 2> kRoutines = {"FUNCTION", "PROCEDURE"};
// A function of the wrapper's author checks their options.
constexpr std::array<std::string_view, 3> kForeign = {"FOREIGN DATA WRAPPER", "SERVER", "USER MAPPING"};
constexpr std::array<std::string_view, 5> kRelationKinds = {"TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE"};
constexpr std::array<std::string_view, 3> kGrants = {"ACL", "ACL LANGUAGE", "DEFAULT ACL"};
constexpr std::array<std::string_view, 3> kOfTheArchive = {"ENCODING", "STDSTRINGS", "SEARCHPATH"};
// Entries about the database itself, and those that are only informative.
constexpr std::array<std::string_view, 5> kOfTheDatabase = {"DATABASE", "DATABASE PROPERTIES", "WARNING", "<Init>", "TABLE DATA"};
constexpr std::array<std::string_view, 3> kAbout = {"COMMENT", "SECURITY LABEL", "ACL"};

// "ALTER kind schema.name OWNER TO". For the second group, the DROP statement contains the name to use.
constexpr std::array<std::string_view, 20> kOwnedByName = {"COLLATION",
                                                           "CONVERSION",
                                                           "DOMAIN",
                                                           "FOREIGN TABLE",
                                                           "MATERIALIZED VIEW",
                                                           "SEQUENCE",
                                                           "STATISTICS",
                                                           "TABLE",
                                                           "TEXT SEARCH DICTIONARY",
                                                           "TYPE",
                                                           "VIEW",
                                                           "SCHEMA",
                                                           "EVENT TRIGGER",
                                                           "PROCEDURAL LANGUAGE",
                                                           "SERVER",
                                                           "PUBLICATION",
                                                           "SUBSCRIPTION",
                                                           "TEXT SEARCH CONFIGURATION",
                                                           "BLOB",
                                                           "FOREIGN DATA WRAPPER"};
constexpr std::array<std::string_view, 6> kOwnedBySignature = {"AGGREGATE",      "FUNCTION",        "OPERATOR",
                                                               "OPERATOR CLASS", "OPERATOR FAMILY", "PROCEDURE"};

constexpr std::array<std::string_view, 12> kOwnedByOther = {
    "CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "DEFAULT",           "INDEX",          "RULE", "TRIGGER",
    "POLICY",     "TABLE ATTACH",     "USER MAPPING",  "PUBLICATION TABLE", "STATISTICS DATA"};

bool concerns(const TocEntry& entry, std::string_view tag) { return is_kind(entry, kAbout) && view(entry.tag).starts_with(tag); }

bool says_nothing(const TocEntry& entry) {
  return is_kind(entry, kOfTheDatabase) || concerns(entry, "DATABASE ") || view(entry.definition).empty();
}

Step step_of(const TocEntry& entry, Section section) {
  if (says_nothing(entry)) return Step::never;
  if (is_kind(entry, kGrants)) return Step::grants;
  if (view(entry.desc) == "EVENT TRIGGER" || concerns(entry, "EVENT TRIGGER ")) return Step::last;
  if (view(entry.desc) == "ROW SECURITY") return Step::security;
  if (section == Section::pre_data) return Step::pre_data;
  return section == Section::post_data ? Step::post_data : Step::never;
}

// Returns whether a literal is read as a type that is not PostgreSQL's own: 'text'::schema.type. pg_dump always writes
// such types with their schema.
bool reads_literal_of_users(std::string_view bare) {
  for (std::size_t at = 0; (at = bare.find("::", at)) != std::string_view::npos;) {
    at += 2;
    while (at < bare.size() && (bare[at] == ' ' || bare[at] == '_' || is_ascii_alnum(bare[at]))) ++at;
    if (at < bare.size() && bare[at] == '.') return true;
  }
  return false;
}

constexpr std::string_view kLanguage = "\n    LANGUAGE ";

bool in_trusted_hands_only(std::string_view bare) {
  const std::size_t at = bare.find(kLanguage);
  const std::string_view language = at == std::string_view::npos ? "" : bare.substr(at + kLanguage.size());
  return language.starts_with("c ") || language.starts_with("c\n") || language.starts_with("internal");
}

// Defaults of arguments and a body in SQL are parsed. The text of any other body is not, because check_function_bodies
// is off.
bool routine_evaluates(std::string_view bare) {
  const std::string_view signature = bare.substr(0, bare.find(kLanguage));
  return reads_literal_of_users(signature) || bare.find("BEGIN ATOMIC") != std::string_view::npos ||
         bare.find("\n    RETURN ") != std::string_view::npos;
}

bool is_partition(const TocEntry& entry) {
  return view(entry.desc).ends_with("TABLE") && bare_text(view(entry.definition)).find(" PARTITION OF ") != std::string::npos;
}

// The initial value is read as the state's type, and a domain's CHECK may evaluate it.
bool aggregate_evaluates(std::string_view bare) {
  if (bare.find("INITCOND = ") == std::string_view::npos) return false;
  constexpr std::string_view kState = "STYPE = ";
  for (std::size_t at = 0; (at = bare.find(kState, at)) != std::string_view::npos; at += kState.size()) {
    const std::string_view type = bare.substr(at, bare.find('\n', at) - at);
    if (type.find('.') != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

Entries::Entries(const pg_archive::ArchiveToc& toc, const std::set<int>& chosen) {
  for (const Step step : {Step::never, Step::pre_data, Step::post_data, Step::security, Step::grants, Step::last}) steps_[step];
  Section section = Section::pre_data;
  for (const TocEntry& entry : toc.entries) {
    by_id_[entry.dump_id] = &entry;
    if (is_relation(entry)) relations_[{std::string(view(entry.schema)), std::string(view(entry.tag))}] = &entry;
    if (is_kind(entry, kOfTheArchive)) {
      settings_ += view(entry.definition);
      has_search_path_ = has_search_path_ || view(entry.desc) == "SEARCHPATH";
      if (view(entry.desc) == "STDSTRINGS") standard_strings_ = view(entry.definition).find("'off'") == std::string_view::npos;
      continue;
    }
    if (is_kind(entry, kGrants)) granted_.insert(entry.dependencies.begin(), entry.dependencies.end());
    if (entry.section != Section::none) section = entry.section;  // comments and grants follow their object
    if (!chosen.empty() && !chosen.contains(entry.dump_id)) continue;
    const Step step = step_of(entry, section);
    steps_[step].push_back(&entry);
    if (step == Step::grants && takes_back_at_once(entry)) steps_[Step::pre_data].push_back(&entry);
  }
  for (const TocEntry& entry : toc.entries) note_children(entry);
}

void Entries::note_children(const TocEntry& entry) {
  const bool attached = view(entry.desc) == "TABLE ATTACH" || is_partition(entry);
  if (!attached && !Inheritance::has_parents(entry)) return;
  const TocEntry* child = relation({std::string(view(entry.schema)), std::string(view(entry.tag))});
  for (const int id : entry.dependencies) {
    const TocEntry* parent = find(id);
    if (child == nullptr || parent == nullptr || parent == child || !view(parent->desc).ends_with("TABLE")) continue;
    if (attached || Inheritance::is_parent(entry, *parent)) children_.emplace(id, child);
  }
}

void Entries::add_owners_below(int table, std::set<std::string>& owners) const {
  const auto [begin, end] = children_.equal_range(table);
  for (auto child = begin; child != end; ++child) {
    owners.emplace(view(child->second->owner));
    add_owners_below(child->second->dump_id, owners);
  }
}

Runner Entries::runner(const TocEntry& entry) const {
  if (is_kind(entry, kNamesOnly)) return Runner::leader;
  if (!standard_strings_) return Runner::owner;  // then the end of a text is not certain
  const std::string bare = bare_text(view(entry.definition));
  if (is_kind(entry, kRoutines)) return routine_evaluates(bare) ? Runner::owner : Runner::leader;
  if (view(entry.desc) == "AGGREGATE") return aggregate_evaluates(bare) ? Runner::owner : Runner::leader;
  if (view(entry.desc) == "TRIGGER") return bare.find(" WHEN (") != std::string::npos ? Runner::owner : Runner::leader;
  if (view(entry.desc) == "PUBLICATION TABLE") return reads_literal_of_users(bare) ? Runner::owner : Runner::leader;
  if (is_kind(entry, kForeign)) return validated_by_user_code(entry) ? Runner::owner : Runner::leader;
  if (view(entry.desc) == "FOREIGN TABLE") {
    const bool evaluates = reads_literal_of_users(bare) || bare.find("GENERATED ALWAYS AS (") != std::string::npos;
    return evaluates || validated_by_user_code(entry) ? Runner::owner : Runner::leader;
  }
  return Runner::owner;
}

bool Entries::validated_by_user_code(const TocEntry& entry) const {
  return std::ranges::any_of(entry.dependencies, [&](int id) {
    const TocEntry* other = find(id);
    if (other == nullptr) return false;
    if (is_kind(*other, kRoutines)) return !in_trusted_hands_only(bare_text(view(other->definition)));
    return is_kind(*other, kForeign) && validated_by_user_code(*other);
  });
}

std::set<std::string> Entries::owners(const TocEntry& entry) const {
  const std::set<std::string> own = {std::string(view(entry.owner))};
  if (view(entry.desc) == "CHECK CONSTRAINT" || view(entry.desc) == "TRIGGER") return owners_of_tree(entry);
  const bool partition = is_partition(entry);
  const bool of_table = view(entry.desc) == "STATISTICS";  // only a table's owner creates them, and may give them away
  if (!partition && !of_table && view(entry.desc) != "TABLE ATTACH" && view(entry.desc) != "PUBLICATION TABLE") return own;
  std::set<std::string> owners = of_table ? std::set<std::string>() : own;
  for (const int id : entry.dependencies) {
    const TocEntry* other = find(id);
    if (other == nullptr) continue;
    const std::string_view kind = view(other->desc);
    if (kind == "TABLE" || kind == "FOREIGN TABLE" || kind == "PUBLICATION" || (of_table && kind == "MATERIALIZED VIEW")) {
      owners.emplace(view(other->owner));
    }
  }
  return owners.empty() ? own : owners;
}

// Each row that comes into a table below runs the CHECK or the trigger's condition with its owner's rights anyway.
std::set<std::string> Entries::owners_of_tree(const TocEntry& entry) const {
  std::set<std::string> owners = {std::string(view(entry.owner))};
  for (const int id : entry.dependencies) {
    const TocEntry* table = find(id);
    if (table == nullptr || !view(table->desc).ends_with("TABLE") || view(table->schema) != view(entry.schema)) continue;
    if (view(entry.tag).starts_with(std::string(view(table->tag)) + " ")) add_owners_below(id, owners);
  }
  return owners;
}

bool Entries::inherits_from_others(const TocEntry& entry) const {
  if (!Inheritance::has_parents(entry)) return false;
  // An extension's own tables have no entry. They may be its parents if the table depends on the extension.
  return std::ranges::any_of(entry.dependencies, [&](int id) {
    const TocEntry* other = find(id);
    if (other == nullptr) return false;
    return view(other->desc) == "EXTENSION" || (view(other->desc).ends_with("TABLE") && view(other->owner) != view(entry.owner));
  });
}

const TocEntry* Entries::relation(const RelationName& name) const {
  const auto found = relations_.find(name);
  return found == relations_.end() ? nullptr : found->second;
}

const TocEntry* Entries::domain(const RelationName& name) const {
  const auto is_it = [&](const auto& item) {
    const TocEntry& entry = *item.second;
    return view(entry.desc) == "DOMAIN" && view(entry.schema) == name.first && view(entry.tag) == name.second;
  };
  const auto found = std::ranges::find_if(by_id_, is_it);
  return found == by_id_.end() ? nullptr : found->second;
}

const TocEntry* Entries::find(int dump_id) const {
  const auto found = by_id_.find(dump_id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::string describe(const TocEntry& entry) {
  std::string name(view(entry.schema));
  if (!name.empty()) name += '.';
  return std::string(view(entry.desc)) + " " + name + std::string(view(entry.tag));
}

std::string take_superusers_options(std::string& definition) {
  constexpr std::array<std::string_view, 2> kOptions = {" LEAKPROOF", "\n    SET "};
  std::string taken;
  for (bool found = true; std::exchange(found, false);) {
    const std::string plain = masked_text(definition);
    const std::size_t begin = plain.find(kLanguage);
    const std::size_t body =
        std::min({plain.find("\n    AS ", begin), plain.find("\n    BEGIN ATOMIC", begin), plain.find("\n    RETURN ", begin)});
    for (const std::string_view option : kOptions) {
      const std::size_t at = plain.find(option, begin);
      if (found || at >= body) continue;
      const std::size_t end = option.ends_with(' ') ? plain.find('\n', at + 1) : at + option.size();
      taken += definition.substr(at, end - at);
      definition.erase(at, end - at);
      found = true;
    }
  }
  return taken;
}

std::string take_forced_security(std::string& definition) {
  const std::string plain = masked_text(definition);
  constexpr std::string_view kForce = " FORCE ROW LEVEL SECURITY;";
  const std::size_t end = plain.find(kForce), at = plain.rfind("\nALTER TABLE ", end);
  if (end == std::string::npos || at == std::string::npos) return "";
  std::string taken = definition.substr(at, end + kForce.size() - at);
  definition.erase(at, taken.size());
  return taken;
}

std::optional<std::string> owned_object(const TocEntry& entry) {
  const std::string_view drop = view(entry.drop_statement);
  if (view(entry.owner).empty() || drop.empty()) return std::nullopt;
  if (is_kind(entry, kOwnedBySignature)) {
    constexpr std::string_view kDrop = "DROP ";
    const std::size_t end = drop.find_last_not_of(";\n");
    return drop.starts_with(kDrop) ? std::optional(std::string(drop.substr(kDrop.size(), end + 1 - kDrop.size()))) : std::nullopt;
  }
  if (!is_kind(entry, kOwnedByName)) return std::nullopt;
  if (view(entry.desc) == "BLOB") return "LARGE OBJECT " + std::string(view(entry.tag));
  const std::string name = view(entry.schema).empty() ? quote_identifier(view(entry.tag)) : qualified(view(entry.schema), view(entry.tag));
  return std::string(view(entry.desc)) + " " + name;
}

bool owned_unknown(const TocEntry& entry) {
  return !owned_object(entry) && !view(entry.owner).empty() && !view(entry.drop_statement).empty() && !is_kind(entry, kOwnedByOther) &&
         !is_kind(entry, kNamesOnly);
}

bool depends_on_search_path(const TocEntry& entry) {
  constexpr std::array<std::string_view, 3> kCalling = {"INDEX", "CONSTRAINT", "CHECK CONSTRAINT"};
  constexpr std::array<std::string_view, 5> kComparing = {" DISTINCT FROM ", "NULLIF(", "CASE ", " USING (", "NATURAL "};
  if (is_kind(entry, kCalling)) return true;
  const std::string bare = bare_text(view(entry.definition));
  return std::ranges::any_of(kComparing, [&](std::string_view word) { return bare.find(word) != std::string::npos; });
}

bool is_routine(const TocEntry& entry) { return is_kind(entry, kRoutines); }

bool is_relation(const TocEntry& entry) { return is_kind(entry, kRelationKinds); }

bool is_about_another(const TocEntry& entry) { return is_kind(entry, kAbout); }

bool takes_back_at_once(const TocEntry& grants) {
  const std::string_view tag = view(grants.tag);
  constexpr std::array<std::string_view, 9> kOpen = {"FUNCTION ", "PROCEDURE ", "ROUTINE ", "AGGREGATE ", "LANGUAGE ",
                                                     "TYPE ",     "DOMAIN ",    "SCHEMA ",  "FOREIGN "};
  return view(grants.desc) == "ACL" && std::ranges::any_of(kOpen, [&](std::string_view kind) { return tag.starts_with(kind); });
}

std::vector<std::string> early_grants(const TocEntry& grants) {
  std::vector<std::string> statements;
  if (view(grants.desc) == "DEFAULT ACL") return statements;
  for (std::string& statement : split_statements(view(grants.definition))) {
    if (!statement.starts_with("REVOKE ")) statements.push_back(std::move(statement));
  }
  return statements;
}

}  // namespace holdfast::postgres
