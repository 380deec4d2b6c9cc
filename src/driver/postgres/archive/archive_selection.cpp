#include "driver/postgres/archive/archive_selection.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <unordered_map>

namespace holdfast::pg_archive {

namespace {

constexpr std::array<std::string_view, 5> kRelations = {"TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE"};

// Kinds that are restored with the object that they belong to. Found by their tag, "table name":
constexpr std::array<std::string_view, 7> kTagged = {"CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "DEFAULT", "TRIGGER", "RULE",
                                                     "POLICY"};
// Found by the only table among their dependencies:
constexpr std::array<std::string_view, 6> kOnTable = {"INDEX",   "STATISTICS", "ROW SECURITY", "TABLE DATA", "MATERIALIZED VIEW DATA",
                                                      "SEQUENCE"};
// Restored if all objects that they connect are restored:
constexpr std::array<std::string_view, 2> kAttached = {"TABLE ATTACH", "INDEX ATTACH"};
// Found by any dependency:
constexpr std::array<std::string_view, 7> kOnAnything = {"COMMENT",      "ACL",          "SECURITY LABEL", "SEQUENCE OWNED BY",
                                                         "SEQUENCE SET", "USER MAPPING", "STATISTICS DATA"};

bool is_one_of(const TocEntry& entry, std::span<const std::string_view> kinds) {
  return std::ranges::find(kinds, view(entry.desc)) != kinds.end();
}
bool is_relation(const TocEntry& entry) { return is_one_of(entry, kRelations); }
/// A relation that other objects may need; sequences are always restored along with them.
bool is_table(const TocEntry& entry) { return is_relation(entry) && view(entry.desc) != "SEQUENCE"; }
bool is_view_body(const TocEntry& entry) { return view(entry.desc) == "RULE" && view(entry.tag).ends_with(" _RETURN"); }
/// Creating an identity column's sequence alters its table; any other sequence only names its owner.
bool is_identity(const TocEntry& entry) { return view(entry.definition).starts_with("ALTER TABLE"); }

/// The archive does not tell which extension's operator class an exclusion constraint needs.
bool excludes(const TocEntry& entry) {
  return view(entry.desc) == "CONSTRAINT" && view(entry.definition).find(" EXCLUDE USING ") != std::string_view::npos;
}

std::string describe(const TocEntry& entry) {
  std::string name(view(entry.schema));
  if (!name.empty()) name += '.';
  return std::string(view(entry.desc)) + " " + name + std::string(view(entry.tag));
}

class Selector {
 public:
  explicit Selector(const ArchiveToc& toc) : toc_(toc), partitions_(partitions_by_parent(toc)) {
    for (const TocEntry& entry : toc.entries) by_id_.emplace(entry.dump_id, &entry);
    for (const TocEntry& entry : toc.entries) {
      if (view(entry.desc) == "EXTENSION") extensions_.push_back(entry.dump_id);
      if (view(entry.desc) == "SCHEMA") schemas_.emplace(view(entry.tag), &entry);
      if (is_view_body(entry)) {
        for (const int id : entry.dependencies) {
          const TocEntry* of = find(id);
          if (of != nullptr && names_owner(entry, *of)) bodies_[id].push_back(&entry);
        }
      }
    }
  }

  Selection run(const std::vector<RelationName>& chosen) {
    Selection result;
    choose(chosen, result);
    std::set<int> all;
    for (const int id : chosen_) need(id, all);
    wanted_.insert(all.begin(), all.end());
    while (add_belongings()) {
    }
    for (const TocEntry& entry : toc_.entries) {
      if (wanted_.contains(entry.dump_id)) {
        result.dump_ids.push_back(entry.dump_id);
      } else if (const auto reason = refused_.find(entry.dump_id); reason != refused_.end()) {
        result.left_out.push_back(describe(entry) + ": needs " + reason->second);
      }
    }
    return result;
  }

 private:
  const TocEntry* find(int id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  // Constraints, triggers, rules, defaults and policies have tags of the form "table name".
  static bool names_owner(const TocEntry& entry, const TocEntry& table) {
    return view(entry.schema) == view(table.schema) && view(entry.tag).starts_with(std::string(view(table.tag)) + " ");
  }

  void choose(const std::vector<RelationName>& chosen, Selection& result) {
    const std::set<RelationName> names(chosen.begin(), chosen.end());
    std::set<RelationName> found;
    for (const TocEntry& entry : toc_.entries) {
      if (!is_relation(entry)) continue;
      const RelationName name{std::string(view(entry.schema)), std::string(view(entry.tag))};
      if (!names.contains(name)) continue;
      found.insert(name);
      chosen_.insert(entry.dump_id);
    }
    std::ranges::set_difference(names, found, std::back_inserter(result.not_found));
  }

  /// Adds an entry and everything that it needs to `all`.
  void need(int id, std::set<int>& all) const {
    std::vector<int> open = {id};
    while (!open.empty()) {
      const TocEntry* entry = find(open.back());
      open.pop_back();
      if (entry == nullptr || !all.insert(entry->dump_id).second) continue;
      if (const auto schema = schemas_.find(view(entry->schema)); schema != schemas_.end()) open.push_back(schema->second->dump_id);
      if (const auto bodies = bodies_.find(entry->dump_id); bodies != bodies_.end()) {
        for (const TocEntry* body : bodies->second) open.push_back(body->dump_id);
      }
      if (excludes(*entry)) open.insert(open.end(), extensions_.begin(), extensions_.end());
      const bool only_owned = view(entry->desc) == "SEQUENCE" && !is_identity(*entry);
      for (const int dependency : entry->dependencies) {
        const TocEntry* other = find(dependency);
        if (other != nullptr && !(only_owned && is_table(*other))) open.push_back(dependency);
      }
    }
  }

  /// Returns whether an entry belongs to an object that is already wanted.
  bool belongs(const TocEntry& entry) const {
    if (is_one_of(entry, kAttached)) {
      return std::ranges::all_of(entry.dependencies, [&](int id) { return find(id) == nullptr || wanted_.contains(id); });
    }
    const bool tagged = is_one_of(entry, kTagged);
    const bool on_table = is_one_of(entry, kOnTable);
    if (!tagged && !on_table && !is_one_of(entry, kOnAnything)) return false;
    return std::ranges::any_of(entry.dependencies, [&](int id) {
      const TocEntry* other = find(id);
      if (other == nullptr || !wanted_.contains(id)) return false;
      return (!tagged || names_owner(entry, *other)) && (!on_table || is_table(*other));
    });
  }

  /// Returns the first missing table because of which an entry cannot be restored with the object it belongs to. Null
  /// if it can.
  const TocEntry* obstacle(const TocEntry& entry, const std::set<int>& needs) const {
    const bool foreign_key = view(entry.desc) == "FK CONSTRAINT";
    for (const int id : needs) {
      const TocEntry* other = find(id);
      if (!is_table(*other)) continue;
      if (!wanted_.contains(id)) return other;
      if (!foreign_key || names_owner(entry, *other)) continue;
      if (const TocEntry* missing = missing_rows(*other)) return missing;
    }
    if (view(entry.desc) == "SEQUENCE OWNED BY") return missing_owner(entry);
    return nullptr;
  }

  /// Returns the table itself if its rows are not restored; for a partitioned table, a partition, at any level, whose
  /// rows are not. Null if all are.
  const TocEntry* missing_rows(const TocEntry& table) const {
    std::set<int> seen;
    std::vector<const TocEntry*> open = {&table};
    while (!open.empty()) {
      const TocEntry* next = open.back();
      open.pop_back();
      if (next == nullptr || !seen.insert(next->dump_id).second) continue;
      const auto partitions = partitions_.find(next->dump_id);
      if (partitions == partitions_.end()) {
        if (!chosen_.contains(next->dump_id)) return next;
        continue;
      }
      for (const int id : partitions->second) open.push_back(find(id));
    }
    return nullptr;
  }

  /// The ownership entry names only the sequence; the sequence names the table.
  const TocEntry* missing_owner(const TocEntry& ownership) const {
    for (const int id : ownership.dependencies) {
      const TocEntry* sequence = find(id);
      if (sequence == nullptr) continue;
      for (const int owner : sequence->dependencies) {
        const TocEntry* table = find(owner);
        if (table != nullptr && is_table(*table) && !wanted_.contains(owner)) return table;
      }
    }
    return nullptr;
  }

  bool add_belongings() {
    bool grew = false;
    for (const TocEntry& entry : toc_.entries) {
      if (wanted_.contains(entry.dump_id) || !belongs(entry)) continue;
      std::set<int> needs;
      need(entry.dump_id, needs);
      if (const TocEntry* missing = obstacle(entry, needs)) {
        refused_[entry.dump_id] = describe(*missing);
        continue;
      }
      wanted_.insert(needs.begin(), needs.end());
      grew = true;
    }
    return grew;
  }

  const ArchiveToc& toc_;
  std::unordered_map<int, std::vector<int>> partitions_;
  std::unordered_map<int, const TocEntry*> by_id_;
  std::map<std::string_view, const TocEntry*> schemas_;
  std::vector<int> extensions_;
  std::unordered_map<int, std::vector<const TocEntry*>> bodies_;
  std::set<int> chosen_;
  std::set<int> wanted_;
  std::map<int, std::string> refused_;
};

}  // namespace

Selection select_entries(const ArchiveToc& toc, const std::vector<RelationName>& chosen) { return Selector(toc).run(chosen); }

std::string restore_list(const Selection& selection) {
  std::string list;
  for (const int id : selection.dump_ids) list += std::to_string(id) + ";\n";
  return list;
}

}  // namespace holdfast::pg_archive
