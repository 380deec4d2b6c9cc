#include "container/volume.hpp"

#include "base/json_writer.hpp"
#include "base/uri.hpp"

namespace holdfast::container {

namespace {

void write_texts(JsonWriter& json, const std::map<std::string, std::string>& texts) {
  json.begin_object();
  for (const auto& [name, value] : texts) json.member(name, value);
  json.end_object();
}

// The texts of an object; engines send null for an empty one.
std::map<std::string, std::string> texts_in(const nlohmann::json& object, const char* key) {
  std::map<std::string, std::string> texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return texts;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) texts[name] = value.get<std::string>();
  }
  return texts;
}

Volume volume_of(const nlohmann::json& object) {
  if (!object.is_object()) throw Error(ErrorCode::source, "the engine's answer about a volume can't be read");
  Volume volume;
  volume.name = text_of(object, "Name");
  volume.driver = text_of(object, "Driver");
  volume.mount_point = text_of(object, "Mountpoint");
  volume.labels = texts_in(object, "Labels");
  volume.options = texts_in(object, "Options");
  return volume;
}

bool has_volume(const nlohmann::json& container, const std::string& volume) {
  const auto mounts = container.find("Mounts");
  if (mounts == container.end() || !mounts->is_array()) return false;
  for (const auto& mount : *mounts) {
    if (mount.is_object() && text_of(mount, "Type") == "volume" && text_of(mount, "Name") == volume) return true;
  }
  return false;
}

std::string name_of(const nlohmann::json& container) {
  const auto names = container.find("Names");
  if (names == container.end() || !names->is_array() || names->empty() || !names->front().is_string()) return text_of(container, "Id");
  const std::string name = names->front().get<std::string>();
  return name.starts_with('/') ? name.substr(1) : name;
}

}  // namespace

bool Volume::mounted_on_demand() const { return driver != "local" || options.contains("type") || options.contains("device"); }

std::optional<Volume> find_volume(Engine& engine, const std::string& name) {
  const Answer answer = engine.ask("GET", "/volumes/" + percent_encode(name));
  if (answer.status == 404) return std::nullopt;
  if (!answer.ok()) throw refusal("can't look at the volume " + name, answer.status, *answer.body);
  return volume_of(*answer.body);
}

Volume require_volume(Engine& engine, const std::string& name) {
  if (std::optional<Volume> volume = find_volume(engine, name)) return std::move(*volume);
  throw Error(ErrorCode::not_found, "the engine at " + engine.socket() + " has no volume " + name);
}

Volume create_volume(Engine& engine, const Volume& wanted) {
  JsonWriter json;
  json.begin_object();
  json.member("Name", wanted.name);
  json.member("Driver", wanted.driver);
  json.key("Labels");
  write_texts(json, wanted.labels);
  json.key("DriverOpts");
  write_texts(json, wanted.options);
  json.end_object();
  engine.must("can't make the volume " + wanted.name, "POST", "/volumes/create", json.text());
  return require_volume(engine, wanted.name);
}

std::vector<VolumeUser> users_of(Engine& engine, const std::string& volume) {
  const std::string path = "/containers/json?all=1&" + filter_of("volume", volume);
  const Answer answer = engine.must("can't list the containers with the volume " + volume, "GET", path);
  if (!answer.body->is_array()) throw Error(ErrorCode::source, "the engine's list of containers can't be read");
  std::vector<VolumeUser> users;
  for (const auto& container : *answer.body) {
    // Docker's filter also finds containers that mount something else at this name.
    if (container.is_object() && has_volume(container, volume))
      users.push_back({text_of(container, "Id"), name_of(container), text_of(container, "State")});
  }
  return users;
}

std::string texts_to_json(const std::map<std::string, std::string>& texts) {
  JsonWriter json;
  write_texts(json, texts);
  return std::move(json).text();
}

std::map<std::string, std::string> texts_from_json(const std::string& json) {
  std::map<std::string, std::string> texts;
  const JsonTree tree = parse_json(json, "the labels and options of a volume");
  for (const auto& [name, value] : tree->items()) {
    if (!value.is_string()) throw Error(ErrorCode::corrupt, "the labels and options of a volume are not texts");
    texts[name] = value.get<std::string>();
  }
  return texts;
}

}  // namespace holdfast::container
