#include "driver/postgres/archive/archive_data.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "driver/postgres/client/names.hpp"
#include "holdfast/error.hpp"

namespace holdfast::pg_archive {

namespace {

constexpr std::uint32_t kLargeObjectCatalog = 2613;  // pg_largeobject

using postgres::qualified;
using postgres::quote_identifier;
using postgres::quote_literal;

/// Finds entries of the schema archive by the facts in the catalog.
class Definitions {
 public:
  explicit Definitions(const ArchiveToc& toc) {
    for (const TocEntry& entry : toc.entries) {
      by_name_.emplace(Key{view(entry.desc), view(entry.schema), view(entry.tag)}, &entry);
      by_id_.emplace(entry.dump_id, &entry);
      if (view(entry.desc) == "EXTENSION") extensions_.push_back(entry.dump_id);
    }
  }

  const TocEntry* by_id(int id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  const TocEntry* by_name(std::string_view desc, std::string_view schema, std::string_view name) const {
    const auto found = by_name_.find(Key{desc, schema, name});
    return found == by_name_.end() ? nullptr : found->second;
  }

  template <typename Relation>
  const TocEntry& definition_of(const Relation& relation, std::initializer_list<std::string_view> kinds) const {
    for (const std::string_view kind : kinds) {
      const TocEntry* entry = by_name(kind, relation.schema, relation.name);
      if (entry != nullptr && (relation.oid == 0 || relation.oid == entry->object_oid)) return *entry;
    }
    throw Error(ErrorCode::not_found, "can't add data to the pg_dump archive: it has no " + std::string(*kinds.begin()) + " " +
                                          qualified(relation.schema, relation.name));
  }

  /// Makes the data of a relation depend on its definition; if an extension creates it, on all extensions.
  template <typename Relation>
  void tie(TocEntry& entry, const Relation& relation, std::initializer_list<std::string_view> kinds) const {
    if (relation.from_extension) {
      entry.dependencies = extensions_;
      entry.owner = "";
      return;
    }
    const TocEntry& definition = definition_of(relation, kinds);
    entry.dependencies = {definition.dump_id};
    entry.owner = definition.owner;
  }

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Key, const TocEntry*> by_name_;
  std::unordered_map<int, const TocEntry*> by_id_;
  std::vector<int> extensions_;
};

/// Returns new ids above all that the archive uses or refers to.
class FreshIds {
 public:
  explicit FreshIds(const ArchiveToc& toc) {
    for (const TocEntry& entry : toc.entries) {
      last_ = std::max(last_, entry.dump_id);
      for (const int dependency : entry.dependencies) last_ = std::max(last_, dependency);
    }
  }
  int next() {
    if (last_ == std::numeric_limits<int>::max())
      throw Error(ErrorCode::limit, "can't add data to the pg_dump archive: it has no dump id left");
    return ++last_;
  }

 private:
  int last_ = 0;
};

TocEntry table_data_entry(const TableData& table, const std::string& encoding, const Definitions& definitions, int id) {
  std::string columns;
  for (const std::string& column : table.columns) columns += (columns.empty() ? "" : ", ") + quote_identifier(column);
  if (!columns.empty()) columns = "(" + columns + ")";
  const bool through_root = !table.root_name.empty();
  const std::string into = through_root ? qualified(table.root_schema, table.root_name) : qualified(table.schema, table.name);
  TocEntry entry{
      .dump_id = id, .has_data = true, .object_oid = table.oid, .tag = table.name, .desc = "TABLE DATA", .section = Section::data};
  entry.definition = through_root ? "-- load via partition root " + into : "";
  entry.drop_statement = "";
  entry.copy_statement =
      "COPY " + into + " " + columns + " FROM stdin" + (encoding.empty() ? "" : " (ENCODING " + quote_literal(encoding) + ")") + ";\n";
  entry.schema = table.schema;
  definitions.tie(entry, table, {"TABLE", "FOREIGN TABLE"});
  return entry;
}

TocEntry sequence_set_entry(const SequenceValue& sequence, const Definitions& definitions, int id) {
  TocEntry entry{.dump_id = id, .tag = sequence.name, .desc = "SEQUENCE SET", .section = Section::data};
  entry.definition = "SELECT pg_catalog.setval(" + quote_literal(qualified(sequence.schema, sequence.name)) + ", " +
                     std::to_string(sequence.last_value) + ", " + (sequence.is_called ? "true" : "false") + ");\n";
  entry.drop_statement = "";
  entry.schema = sequence.schema;
  definitions.tie(entry, sequence, {"SEQUENCE"});
  return entry;
}

/// Appends the large object itself, its comment and its privileges.
void append_large_object(std::vector<TocEntry>& entries, const LargeObject& object, FreshIds& ids) {
  const std::string oid = std::to_string(object.oid);
  const int id = ids.next();
  entries.push_back({.dump_id = id,
                     .catalog_oid = kLargeObjectCatalog,
                     .object_oid = object.oid,
                     .tag = oid,
                     .desc = "BLOB",
                     .section = Section::pre_data,
                     .definition = "SELECT pg_catalog.lo_create('" + oid + "');\n",
                     .drop_statement = "SELECT pg_catalog.lo_unlink('" + oid + "');\n",
                     .owner = object.owner});
  const auto append = [&](const char* desc, std::string sql) {
    entries.push_back({.dump_id = ids.next(),
                       .tag = "LARGE OBJECT " + oid,
                       .desc = desc,
                       .section = Section::none,
                       .definition = std::move(sql),
                       .drop_statement = "",
                       .owner = object.owner,
                       .dependencies = {id}});
  };
  if (!object.comment.empty()) append("COMMENT", "COMMENT ON LARGE OBJECT " + oid + " IS " + quote_literal(object.comment) + ";\n");
  if (!object.grants.empty()) append("ACL", object.grants + "\n");
}

/// Finds out which materialized views each one reads, through any number of views, and in which order to refresh them.
class Refreshes {
 public:
  Refreshes(const ArchiveToc& toc, const Definitions& definitions, const std::vector<RelationName>& populated)
      : definitions_(definitions), populated_(populated.begin(), populated.end()) {
    // pg_dump first dumps a view in a dependency cycle as an empty shell; a rule then contains its query.
    for (const TocEntry& entry : toc.entries) {
      if (view(entry.desc) != "RULE" || !view(entry.tag).ends_with(" _RETURN")) continue;
      for (const int id : entry.dependencies) rules_[id].push_back(&entry);
    }
  }

  /// Appends the refresh of a materialized view after those that it reads. Returns the dump id, or 0 if it cannot be
  /// refreshed.
  int append(const TocEntry& matview, std::vector<TocEntry>& entries, FreshIds& ids, unsigned depth = 0) {
    check_depth(depth);
    const auto [known, is_new] = done_.emplace(matview.dump_id, 0);
    if (!is_new) return known->second;
    if (!populated_.contains({std::string(view(matview.schema)), std::string(view(matview.tag))})) return 0;
    std::vector<int> dependencies = {matview.dump_id};
    for (const TocEntry* other : read_by(matview)) {
      const int id = append(*other, entries, ids, depth + 1);
      if (id == 0) return 0;
      dependencies.push_back(id);
    }
    TocEntry entry{.dump_id = ids.next(), .object_oid = matview.object_oid, .tag = matview.tag, .desc = "MATERIALIZED VIEW DATA"};
    entry.section = Section::post_data;
    entry.definition = "REFRESH MATERIALIZED VIEW " + qualified(view(matview.schema), view(matview.tag)) + ";\n";
    entry.drop_statement = "";
    entry.schema = matview.schema;
    entry.owner = matview.owner;
    entry.dependencies = std::move(dependencies);
    done_[matview.dump_id] = entry.dump_id;
    entries.push_back(std::move(entry));
    return entries.back().dump_id;
  }

 private:
  // Each nested view reads the one before. Nobody nests this many, and the stack is limited.
  static void check_depth(unsigned depth) {
    if (depth > 1'000) throw Error(ErrorCode::corrupt, "can't read the pg_dump archive: its materialized views are nested too deeply");
  }

  /// Returns the materialized views that one reads, directly or through views and their rules.
  std::vector<const TocEntry*> read_by(const TocEntry& matview) const {
    std::set<int> seen;
    std::vector<const TocEntry*> read, open{&matview};
    while (!open.empty()) {
      const TocEntry* from = open.back();
      open.pop_back();
      for (const int id : from->dependencies) {
        const TocEntry* entry = definitions_.by_id(id);
        if (entry == nullptr || !seen.insert(id).second) continue;
        if (view(entry->desc) == "MATERIALIZED VIEW") read.push_back(entry);
        if (view(entry->desc) != "VIEW") continue;
        open.push_back(entry);
        if (const auto rules = rules_.find(id); rules != rules_.end()) open.insert(open.end(), rules->second.begin(), rules->second.end());
      }
    }
    return read;
  }

  const Definitions& definitions_;
  std::set<RelationName> populated_;
  std::unordered_map<int, std::vector<const TocEntry*>> rules_;
  std::unordered_map<int, int> done_;
};

/// Makes the objects of a partitioned table wait for the data of its partitions. Its indexes need not wait: they are
/// built on each partition and then joined.
void await_partitions(std::vector<TocEntry>& entries, const std::unordered_map<int, std::vector<int>>& partitions) {
  std::unordered_map<int, int> data;  // by table
  for (const TocEntry& entry : entries) {
    if (view(entry.desc) == "TABLE DATA" && !entry.dependencies.empty()) data[entry.dependencies.front()] = entry.dump_id;
  }
  for (TocEntry& entry : entries) {
    const std::string_view desc = view(entry.desc);
    if (desc != "FK CONSTRAINT" && desc != "TRIGGER" && desc != "POLICY" && desc != "ROW SECURITY") continue;
    std::set<int> seen;
    std::set<int> wait;
    std::vector<int> open = entry.dependencies;
    while (!open.empty()) {
      const int table = open.back();
      open.pop_back();
      const auto found = partitions.find(table);
      if (!seen.insert(table).second || found == partitions.end()) continue;
      for (const int partition : found->second) {
        open.push_back(partition);
        if (const auto rows = data.find(partition); rows != data.end()) wait.insert(rows->second);
      }
    }
    entry.dependencies.insert(entry.dependencies.end(), wait.begin(), wait.end());
  }
}

/// Makes grants on objects in a schema wait for those on the schema: a role that passes a grant on must be able to
/// reach the object.
void await_schema_grants(std::vector<TocEntry>& entries) {
  std::map<std::string, int> grants;
  for (const TocEntry& entry : entries) {
    if (view(entry.desc) == "ACL" && view(entry.schema).empty()) grants.emplace(view(entry.tag), entry.dump_id);
  }
  for (TocEntry& entry : entries) {
    if (view(entry.desc) != "ACL" || view(entry.schema).empty()) continue;
    const auto found = grants.find("SCHEMA " + *entry.schema);
    if (found != grants.end()) entry.dependencies.push_back(found->second);
  }
}

}  // namespace

std::unordered_map<int, std::vector<int>> partitions_by_parent(const ArchiveToc& toc) {
  std::unordered_map<int, const TocEntry*> by_id;
  for (const TocEntry& entry : toc.entries) by_id.emplace(entry.dump_id, &entry);
  std::unordered_map<int, std::vector<int>> partitions;
  for (const TocEntry& attach : toc.entries) {
    if (view(attach.desc) != "TABLE ATTACH") continue;
    int partition = 0;
    int parent = 0;
    for (const int id : attach.dependencies) {  // the partition, whose name it has, and the parent
      const auto table = by_id.find(id);
      if (table == by_id.end()) continue;
      (table->second->tag == attach.tag && table->second->schema == attach.schema ? partition : parent) = id;
    }
    if (partition != 0 && parent != 0) partitions[parent].push_back(partition);
  }
  return partitions;
}

DataArchive with_data(const ArchiveToc& schema, const ArchiveContents& contents) {
  const Definitions definitions(schema);
  FreshIds ids(schema);
  DataArchive result;
  std::vector<TocEntry> data;
  for (const LargeObject& object : contents.large_objects) append_large_object(data, object, ids);
  for (const TableData& table : contents.tables) {
    result.table_ids.push_back(ids.next());
    data.push_back(table_data_entry(table, contents.encoding, definitions, result.table_ids.back()));
  }
  for (const SequenceValue& sequence : contents.sequences) data.push_back(sequence_set_entry(sequence, definitions, ids.next()));
  if (!contents.large_objects.empty()) {
    result.large_objects_id = ids.next();
    data.push_back({.dump_id = result.large_objects_id,
                    .has_data = true,
                    .tag = "BLOBS",
                    .desc = "BLOBS",
                    .section = Section::data,
                    .definition = "",
                    .drop_statement = "",
                    .owner = ""});
  }

  result.toc = schema;
  std::vector<TocEntry>& entries = result.toc.entries;
  const auto after_data = std::ranges::find(entries, Section::post_data, &TocEntry::section);
  entries.insert(after_data, std::make_move_iterator(data.begin()), std::make_move_iterator(data.end()));
  await_schema_grants(entries);
  await_partitions(entries, partitions_by_parent(schema));
  Refreshes refreshes(schema, definitions, contents.populated_views);
  for (const TocEntry& entry : schema.entries) {
    if (view(entry.desc) == "MATERIALIZED VIEW") refreshes.append(entry, entries, ids);
  }
  return result;
}

}  // namespace holdfast::pg_archive
