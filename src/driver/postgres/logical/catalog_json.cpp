#include "base/hex.hpp"
#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::int64_t kVersion = 1;

class NameCodec {
 public:
  explicit NameCodec(const std::string& encoding) : encoding_(encoding) {}
  std::string out(const std::string& name) const { return name_to_text(name, encoding_); }
  std::string in(const std::string& text) const { return name_from_text(text, encoding_); }

 private:
  const std::string& encoding_;
};

RowSum sum_from_json(const nlohmann::json& json) {
  return RowSum::from(json.at("rows").get<std::uint64_t>(), json.at("sum").get<std::string>());
}

std::vector<RelationName> relations_from_json(const nlohmann::json& list, const NameCodec& names) {
  std::vector<RelationName> relations;
  for (const nlohmann::json& item : list)
    relations.emplace_back(names.in(item.at(0).get<std::string>()), names.in(item.at(1).get<std::string>()));
  return relations;
}

Table table_from_json(const nlohmann::json& json, const NameCodec& names) {
  Table table;
  table.oid = json.at("oid").get<std::uint32_t>();
  table.schema = names.in(json.at("schema").get<std::string>());
  table.name = names.in(json.at("name").get<std::string>());
  for (const nlohmann::json& column : json.at("columns")) table.columns.push_back(names.in(column.get<std::string>()));
  table.pages = json.at("pages").get<std::uint64_t>();
  table.bytes = json.at("bytes").get<std::uint64_t>();
  table.proof = sum_from_json(json.at("proof"));
  if (json.contains("extension")) {
    table.extension = names.in(json.at("extension").at(0).get<std::string>());
    table.filter = names.in(json.at("extension").at(1).get<std::string>());
  }
  if (json.contains("partition_of")) table.ancestors = relations_from_json(json.at("partition_of"), names);
  if (json.contains("root")) {
    table.root_schema = names.in(json.at("root").at(0).get<std::string>());
    table.root = names.in(json.at("root").at(1).get<std::string>());
  }
  return table;
}

Catalog parse(const nlohmann::json& json) {
  if (json.at("version").get<int>() > kVersion) {
    throw Error(ErrorCode::unsupported, "the backup's catalog.json is of version " + json.at("version").dump() + ": use a newer holdfast");
  }
  Catalog catalog;
  catalog.server_version = json.at("server_version").get<int>();
  catalog.server_version_text = json.at("server_version_text").get<std::string>();
  catalog.encoding = json.at("encoding").get<std::string>();
  const NameCodec names(catalog.encoding);
  catalog.database = names.in(json.at("database").get<std::string>());
  catalog.collate = json.at("collate").get<std::string>();
  catalog.ctype = json.at("ctype").get<std::string>();
  catalog.provider = json.at("provider").get<std::string>();
  catalog.icu_locale = json.at("icu_locale").get<std::string>();
  catalog.database_setup = names.in(json.at("database_setup").get<std::string>());
  catalog.wal_position = json.at("wal_position").get<std::string>();
  catalog.bootstrap_role = names.in(json.at("bootstrap_role").get<std::string>());
  catalog.row_key = from_hex(json.at("row_key").get<std::string>());
  catalog.narrowed = json.at("narrowed").get<bool>();
  catalog.excluded = relations_from_json(json.at("excluded"), names);
  for (const nlohmann::json& table : json.at("tables")) catalog.tables.push_back(table_from_json(table, names));
  for (const nlohmann::json& item : json.at("sequences")) {
    catalog.sequences.push_back({names.in(item.at("schema").get<std::string>()), names.in(item.at("name").get<std::string>()),
                                 item.at("last_value").get<std::string>(), item.at("is_called").get<bool>(),
                                 names.in(item.at("extension").get<std::string>())});
  }
  for (const nlohmann::json& item : json.at("materialized_views")) {
    catalog.materialized_views.push_back(
        {names.in(item.at("schema").get<std::string>()), names.in(item.at("name").get<std::string>()), item.at("populated").get<bool>()});
  }
  for (const nlohmann::json& item : json.at("extensions"))
    catalog.extensions.emplace_back(item.at(0).get<std::string>(), item.at(1).get<std::string>());
  const nlohmann::json& objects = json.at("large_objects");
  catalog.large_objects = {objects.at("objects").get<std::uint64_t>(), objects.at("bytes").get<std::uint64_t>(),
                           sum_from_json(objects.at("names")), sum_from_json(objects.at("contents"))};
  return catalog;
}

class CatalogWriter {
 public:
  explicit CatalogWriter(const Catalog& catalog) : catalog_(catalog), names_(catalog.encoding) {}

  std::string write() {
    out_.begin_object();
    out_.member("version", kVersion);
    out_.member("server_version", std::int64_t{catalog_.server_version});
    out_.member("server_version_text", catalog_.server_version_text);
    name("database", catalog_.database);
    out_.member("encoding", catalog_.encoding);
    out_.member("collate", catalog_.collate);
    out_.member("ctype", catalog_.ctype);
    out_.member("provider", catalog_.provider);
    out_.member("icu_locale", catalog_.icu_locale);
    name("database_setup", catalog_.database_setup);
    out_.member("wal_position", catalog_.wal_position);
    name("bootstrap_role", catalog_.bootstrap_role);
    out_.member("row_key", to_hex(catalog_.row_key));
    out_.member("narrowed", catalog_.narrowed);
    relations("excluded", catalog_.excluded);
    objects("tables", catalog_.tables);
    objects("sequences", catalog_.sequences);
    objects("materialized_views", catalog_.materialized_views);
    out_.key("extensions");
    out_.begin_array();
    for (const auto& [extension, version] : catalog_.extensions) pair(extension, version);
    out_.end_array();
    out_.key("large_objects");
    out_.begin_object();
    members(catalog_.large_objects);
    out_.end_object();
    out_.end_object();
    return std::move(out_).text();
  }

 private:
  void name(const char* key, const std::string& value) { out_.member(key, names_.out(value)); }

  void pair(const std::string& first, const std::string& second) {
    out_.begin_array();
    out_.value(first);
    out_.value(second);
    out_.end_array();
  }
  void name_pair(const std::string& first, const std::string& second) { pair(names_.out(first), names_.out(second)); }

  void relations(const char* key, const std::vector<RelationName>& relations) {
    out_.key(key);
    out_.begin_array();
    for (const auto& [schema, name] : relations) name_pair(schema, name);
    out_.end_array();
  }

  void sum(const char* key, const RowSum& sum) {
    out_.key(key);
    out_.begin_object();
    out_.member("rows", sum.rows);
    out_.member("sum", sum.hex());
    out_.end_object();
  }

  template <typename Object>
  void objects(const char* key, const std::vector<Object>& list) {
    out_.key(key);
    out_.begin_array();
    for (const Object& object : list) {
      out_.begin_object();
      members(object);
      out_.end_object();
    }
    out_.end_array();
  }

  void members(const Table& table) {
    out_.member("oid", std::uint64_t{table.oid});
    name("schema", table.schema);
    name("name", table.name);
    out_.key("columns");
    out_.begin_array();
    for (const std::string& column : table.columns) out_.value(names_.out(column));
    out_.end_array();
    out_.member("pages", table.pages);
    out_.member("bytes", table.bytes);
    sum("proof", table.proof);
    if (table.from_extension()) {
      out_.key("extension");
      name_pair(table.extension, table.filter);
    }
    if (!table.ancestors.empty()) relations("partition_of", table.ancestors);
    if (!table.root.empty()) {
      out_.key("root");
      name_pair(table.root_schema, table.root);
    }
  }

  void members(const Sequence& sequence) {
    name("schema", sequence.schema);
    name("name", sequence.name);
    out_.member("last_value", sequence.last_value);
    out_.member("is_called", sequence.is_called);
    name("extension", sequence.extension);
  }

  void members(const MaterializedView& view) {
    name("schema", view.schema);
    name("name", view.name);
    out_.member("populated", view.populated);
  }

  void members(const LargeObjectStream& objects) {
    out_.member("objects", objects.objects);
    out_.member("bytes", objects.bytes);
    sum("names", objects.names);
    sum("contents", objects.contents);
  }

  const Catalog& catalog_;
  const NameCodec names_;
  JsonWriter out_{JsonForm::document};
};

}  // namespace

std::string to_json(const Catalog& catalog) { return CatalogWriter(catalog).write(); }

Catalog catalog_from_json(std::string_view text) {
  const std::string failed = "the backup's catalog.json can't be read: ";
  try {
    const std::optional<JsonTree> json = try_parse_json(text);
    if (!json) throw Error(ErrorCode::corrupt, failed + "it is not valid JSON");
    return parse(**json);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::corrupt, failed + error.what());
  }
}

}  // namespace holdfast::postgres
