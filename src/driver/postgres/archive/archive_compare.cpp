#include "driver/postgres/archive/archive_compare.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace holdfast::pg_archive {

namespace {

using Key = std::tuple<std::string_view, std::string_view, std::string_view>;  // desc, schema, tag
// Several objects may have one key: only the definitions of operators and casts tell their types.
using Objects = std::map<Key, std::vector<const TocEntry*>>;

bool concerns_database(const TocEntry& entry) {
  const std::string_view desc = view(entry.desc);
  if (desc == "DATABASE" || desc == "DATABASE PROPERTIES") return true;
  return (desc == "ACL" || desc == "COMMENT" || desc == "SECURITY LABEL") && view(entry.tag).starts_with("DATABASE ");
}

auto content(const TocEntry& entry) {
  return std::make_tuple(view(entry.definition), view(entry.owner), view(entry.copy_statement), view(entry.tablespace),
                         view(entry.table_access_method), entry.with_oids);
}

bool by_content(const TocEntry* a, const TocEntry* b) { return content(*a) < content(*b); }

Objects collect(const ArchiveToc& toc) {
  Objects objects;
  for (const TocEntry& entry : toc.entries) {
    if (!concerns_database(entry)) objects[{view(entry.desc), view(entry.schema), view(entry.tag)}].push_back(&entry);
  }
  for (auto& [key, entries] : objects) std::ranges::sort(entries, by_content);
  return objects;
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string describe(const Key& key) {
  const auto& [desc, schema, tag] = key;
  return one_line(std::string(desc) + " " + std::string(schema) + (schema.empty() ? "" : ".") + std::string(tag));
}

/// Returns the first line in which two texts differ, in both versions.
std::pair<std::string_view, std::string_view> first_difference(std::string_view a, std::string_view b) {
  const auto line = [](std::string_view text) { return text.substr(0, text.find('\n')); };
  while (line(a) == line(b) && a.size() > line(a).size() && b.size() > line(b).size()) {
    a.remove_prefix(line(a).size() + 1);
    b.remove_prefix(line(b).size() + 1);
  }
  return {line(a), line(b)};
}

std::string difference(const TocEntry& a, const TocEntry& b) {
  const auto said = [&](const char* what, std::string_view x, std::string_view y) {
    return std::string(what) + " is '" + one_line(y) + "', was '" + one_line(x) + "'";
  };
  if (view(a.definition) != view(b.definition)) {
    const auto [x, y] = first_difference(view(a.definition), view(b.definition));
    return said("definition", x, y);
  }
  if (view(a.owner) != view(b.owner)) return said("owner", view(a.owner), view(b.owner));
  if (view(a.copy_statement) != view(b.copy_statement)) return said("COPY", view(a.copy_statement), view(b.copy_statement));
  if (view(a.tablespace) != view(b.tablespace)) return said("tablespace", view(a.tablespace), view(b.tablespace));
  if (a.with_oids != b.with_oids) return said("WITH OIDS", a.with_oids ? "true" : "false", b.with_oids ? "true" : "false");
  return said("access method", view(a.table_access_method), view(b.table_access_method));
}

void compare_objects(const Key& key, const std::vector<const TocEntry*>& a, const std::vector<const TocEntry*>& b,
                     std::vector<SchemaDifference>& differences) {
  std::vector<const TocEntry*> only_a;
  std::vector<const TocEntry*> only_b;
  std::ranges::set_difference(a, b, std::back_inserter(only_a), by_content);
  std::ranges::set_difference(b, a, std::back_inserter(only_b), by_content);
  const std::size_t pairs = std::min(only_a.size(), only_b.size());
  const std::string object = describe(key);
  for (std::size_t i = 0; i < pairs; ++i) differences.push_back({object, difference(*only_a[i], *only_b[i])});
  for (std::size_t i = pairs; i < only_a.size(); ++i) differences.push_back({object, "is missing after the restore"});
  for (std::size_t i = pairs; i < only_b.size(); ++i) differences.push_back({object, "was not in the backup"});
}

}  // namespace

std::vector<SchemaDifference> compare_schemas(const ArchiveToc& expected, const ArchiveToc& restored) {
  const Objects before = collect(expected);
  Objects after = collect(restored);
  std::vector<SchemaDifference> differences;
  for (const auto& [key, entries] : before) {
    compare_objects(key, entries, after[key], differences);
    after.erase(key);
  }
  for (const auto& [key, entries] : after) compare_objects(key, {}, entries, differences);
  return differences;
}

}  // namespace holdfast::pg_archive
