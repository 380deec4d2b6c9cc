#include "storage/gcs/gcs_json.hpp"

#include <algorithm>
#include <charconv>

#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr const char* kMarkKey = "holdfast-write";

[[noreturn]] void wrong_json(const std::string& why) {
  throw Error(ErrorCode::network, "the answer of Google Cloud Storage can't be used: " + why, true);
}

JsonTree parse(ByteView body) {
  std::optional<JsonTree> json = try_parse_json_object(as_text(body));
  if (!json) wrong_json("it is no JSON object");
  return *std::move(json);
}

/// The protocol writes 64-bit numbers as strings.
std::uint64_t number_of(const nlohmann::json& json, const char* key) {
  const std::string text = text_of(json, key);
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc() || end != text.data() + text.size())
    wrong_json(std::string("an object's ") + key + " is no number");
  return value;
}

/// Parses "2026-11-20T18:04:11.123Z" into whole seconds.
TimePoint time_of(const nlohmann::json& json) {
  const std::string text = text_of(json, "timeCreated");
  try {
    if (text.ends_with('Z')) return parse_time(text.substr(0, 19) + "Z");
  } catch (const Error&) {
  }
  wrong_json("an object's time is '" + text.substr(0, 40) + "'");
}

ObjectInfo info_of(const nlohmann::json& json) {
  if (!json.is_object()) wrong_json("an object in it is none");
  ObjectInfo info{text_of(json, "name"), number_of(json, "size"), time_of(json)};
  if (info.name.empty()) wrong_json("an object in it has no name");
  return info;
}

std::string one_line(std::string text) {
  text.resize(std::min<std::size_t>(text.size(), 300));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

}  // namespace

GcsFault parse_gcs_fault(ByteView body) {
  const std::optional<JsonTree> json = try_parse_json_object(as_text(body));
  if (!json) return {};
  const auto error = (*json)->find("error");
  if (error == (*json)->end() || !error->is_object()) return {};
  GcsFault fault{{}, one_line(text_of(*error, "message"))};
  const auto errors = error->find("errors");
  if (errors != error->end() && errors->is_array() && !errors->empty() && errors->front().is_object())
    fault.reason = one_line(text_of(errors->front(), "reason"));
  return fault;
}

GcsObject parse_gcs_object(ByteView body) {
  const JsonTree json = parse(body);
  GcsObject object{info_of(*json), std::to_string(number_of(*json, "generation")), {}, text_of(*json, "md5Hash")};
  const auto metadata = json->find("metadata");
  if (metadata != json->end() && metadata->is_object()) object.mark = text_of(*metadata, kMarkKey);
  return object;
}

ObjectPage parse_gcs_page(ByteView body) {
  const JsonTree json = parse(body);
  // A body that is not a listing must not be read as an empty one.
  if (text_of(*json, "kind") != "storage#objects") wrong_json("it is not a listing");
  ObjectPage page;
  page.next = text_of(*json, "nextPageToken");
  const auto items = json->find("items");
  if (items == json->end()) return page;
  if (!items->is_array()) wrong_json("its objects are no list");
  for (const nlohmann::json& item : *items) page.objects.push_back(info_of(item));
  return page;
}

std::string gcs_description(const std::string& key, const std::string& mark, const std::string& storage_class, const std::string& md5) {
  JsonWriter json;
  json.begin_object();
  json.member("name", key);
  json.member("contentType", "application/octet-stream");
  json.key("metadata");
  json.begin_object();
  json.member(kMarkKey, mark);
  json.end_object();
  if (!storage_class.empty()) json.member("storageClass", storage_class);
  if (!md5.empty()) json.member("md5Hash", md5);
  json.end_object();
  return std::move(json).text();
}

}  // namespace holdfast
