#include <nlohmann/json.hpp>

#include "base/hex.hpp"
#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

class NameCodec {
 public:
  explicit NameCodec(const std::string& encoding) : encoding_(encoding) {}
  std::string out(const std::string& name) const { return name_to_text(name, encoding_); }
  std::string in(const std::string& text) const { return name_from_text(text, encoding_); }

 private:
  const std::string& encoding_;
};

Json sum_to_json(const RowSum& sum) { return {{"rows", sum.rows}, {"sum", sum.hex()}}; }
RowSum sum_from_json(const Json& json) { return RowSum::from(json.at("rows").get<std::uint64_t>(), json.at("sum").get<std::string>()); }

Json relations_to_json(const std::vector<RelationName>& relations, const NameCodec& names) {
  Json list = Json::array();
  for (const auto& [schema, name] : relations) list.push_back({names.out(schema), names.out(name)});
  return list;
}

std::vector<RelationName> relations_from_json(const Json& list, const NameCodec& names) {
  std::vector<RelationName> relations;
  for (const Json& item : list) relations.emplace_back(names.in(item.at(0).get<std::string>()), names.in(item.at(1).get<std::string>()));
  return relations;
}

Json table_to_json(const Table& table, const NameCodec& names) {
  Json columns = Json::array();
  for (const std::string& column : table.columns) columns.push_back(names.out(column));
  Json json = {{"oid", table.oid},
               {"schema", names.out(table.schema)},
               {"name", names.out(table.name)},
               {"columns", columns},
               {"pages", table.pages},
               {"bytes", table.bytes},
               {"proof", sum_to_json(table.proof)}};
  if (table.from_extension()) json["extension"] = {names.out(table.extension), names.out(table.filter)};
  if (!table.ancestors.empty()) json["partition_of"] = relations_to_json(table.ancestors, names);
  if (!table.root.empty()) json["root"] = {names.out(table.root_schema), names.out(table.root)};
  return json;
}

Table table_from_json(const Json& json, const NameCodec& names) {
  Table table;
  table.oid = json.at("oid").get<std::uint32_t>();
  table.schema = names.in(json.at("schema").get<std::string>());
  table.name = names.in(json.at("name").get<std::string>());
  for (const Json& column : json.at("columns")) table.columns.push_back(names.in(column.get<std::string>()));
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

Catalog parse(const Json& json) {
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
  for (const Json& table : json.at("tables")) catalog.tables.push_back(table_from_json(table, names));
  for (const Json& item : json.at("sequences")) {
    catalog.sequences.push_back({names.in(item.at("schema").get<std::string>()), names.in(item.at("name").get<std::string>()),
                                 item.at("last_value").get<std::string>(), item.at("is_called").get<bool>(),
                                 names.in(item.at("extension").get<std::string>())});
  }
  for (const Json& item : json.at("materialized_views")) {
    catalog.materialized_views.push_back(
        {names.in(item.at("schema").get<std::string>()), names.in(item.at("name").get<std::string>()), item.at("populated").get<bool>()});
  }
  for (const Json& item : json.at("extensions"))
    catalog.extensions.emplace_back(item.at(0).get<std::string>(), item.at(1).get<std::string>());
  const Json& objects = json.at("large_objects");
  catalog.large_objects = {objects.at("objects").get<std::uint64_t>(), objects.at("bytes").get<std::uint64_t>(),
                           sum_from_json(objects.at("names")), sum_from_json(objects.at("contents"))};
  return catalog;
}

}  // namespace

std::string to_json(const Catalog& catalog) {
  const NameCodec names(catalog.encoding);
  Json tables = Json::array(), sequences = Json::array(), views = Json::array(), extensions = Json::array();
  for (const Table& table : catalog.tables) tables.push_back(table_to_json(table, names));
  for (const Sequence& sequence : catalog.sequences) {
    sequences.push_back({{"schema", names.out(sequence.schema)},
                         {"name", names.out(sequence.name)},
                         {"last_value", sequence.last_value},
                         {"is_called", sequence.is_called},
                         {"extension", names.out(sequence.extension)}});
  }
  for (const MaterializedView& view : catalog.materialized_views) {
    views.push_back({{"schema", names.out(view.schema)}, {"name", names.out(view.name)}, {"populated", view.populated}});
  }
  for (const auto& [name, version] : catalog.extensions) extensions.push_back({name, version});
  const Json json = {{"version", kVersion},
                     {"server_version", catalog.server_version},
                     {"server_version_text", catalog.server_version_text},
                     {"database", names.out(catalog.database)},
                     {"encoding", catalog.encoding},
                     {"collate", catalog.collate},
                     {"ctype", catalog.ctype},
                     {"provider", catalog.provider},
                     {"icu_locale", catalog.icu_locale},
                     {"database_setup", names.out(catalog.database_setup)},
                     {"wal_position", catalog.wal_position},
                     {"bootstrap_role", names.out(catalog.bootstrap_role)},
                     {"row_key", to_hex(catalog.row_key)},
                     {"narrowed", catalog.narrowed},
                     {"excluded", relations_to_json(catalog.excluded, names)},
                     {"tables", tables},
                     {"sequences", sequences},
                     {"materialized_views", views},
                     {"extensions", extensions},
                     {"large_objects",
                      {{"objects", catalog.large_objects.objects},
                       {"bytes", catalog.large_objects.bytes},
                       {"names", sum_to_json(catalog.large_objects.names)},
                       {"contents", sum_to_json(catalog.large_objects.contents)}}}};
  return json.dump(1);
}

Catalog catalog_from_json(std::string_view text) {
  try {
    return parse(Json::parse(text));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::corrupt, std::string("the backup's catalog.json can't be read: ") + error.what());
  }
}

}  // namespace holdfast::postgres
