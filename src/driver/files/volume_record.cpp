#include "driver/files/volume_record.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/host_name.hpp"

namespace holdfast::files {

namespace {

constexpr const char* kDriver = "volume_driver";
constexpr const char* kLabels = "volume_labels";
constexpr const char* kOptions = "volume_options";
constexpr const char* kSecrets = "volume_options_left_out";
constexpr const char* kMountOptions = "o";  // of the driver "local": the options of a mount, between commas

bool may_be_secret(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr std::array<std::string_view, 6> kWords = {"pass", "secret", "token", "key", "credential", "auth"};
  return std::ranges::any_of(kWords, [&name](std::string_view word) { return name.find(word) != std::string::npos; });
}

// Removes the options of a mount that may be secrets, and adds their names to `left_out`.
std::string mount_options(const std::string& all, std::string& left_out) {
  std::string kept;
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t end = std::min(all.find(',', at), all.size());
    const std::string one = all.substr(at, end - at);
    const std::string name = one.substr(0, one.find('='));
    std::string& to = one.size() > name.size() && may_be_secret(name) ? left_out : kept;
    to += (to.empty() ? "" : ",") + (&to == &kept ? one : name);
    at = end + 1;
  }
  return kept;
}

std::string note(const SourceRecord& source, const char* key) {
  const auto found = source.notes.find(key);
  return found == source.notes.end() ? std::string() : found->second;
}

}  // namespace

SourceRecord volume_record(const VolumePlace& place, const container::Volume& volume, const std::string& engine) {
  std::map<std::string, std::string> options;
  std::string left_out;
  for (const auto& [name, value] : volume.options) {
    if (name == kMountOptions) {
      options[name] = mount_options(value, left_out);
    } else if (may_be_secret(name)) {
      left_out += (left_out.empty() ? "" : ",") + name;
    } else {
      options[name] = value;
    }
  }
  SourceRecord record;
  record.uri = place.uri();
  record.driver = "files";
  record.name = place.name;
  record.notes = {{"host", host_name()},
                  {"engine", engine},
                  {kDriver, volume.driver},
                  {kLabels, container::texts_to_json(volume.labels)},
                  {kOptions, container::texts_to_json(options)}};
  if (!left_out.empty()) record.notes[kSecrets] = left_out;
  return record;
}

container::Volume volume_like(const SourceRecord& source, const std::string& name) {
  container::Volume volume;
  volume.name = name;
  const std::string driver = note(source, kDriver);
  if (driver.empty()) return volume;
  if (const std::string secrets = note(source, kSecrets); !secrets.empty())
    throw Error(ErrorCode::unsupported, "can't make the volume " + name + ": the backup holds no secrets, and these options may be some: " +
                                            secrets + "; make the volume with them, and restore into it");
  volume.driver = driver;
  volume.labels = container::texts_from_json(note(source, kLabels));
  volume.options = container::texts_from_json(note(source, kOptions));
  return volume;
}

std::vector<std::string> differences(const SourceRecord& source, const container::Volume& volume) {
  std::vector<std::string> warnings;
  if (note(source, kDriver).empty()) return warnings;
  const auto compare = [&](const std::string& what, bool same) {
    if (!same) warnings.push_back("the volume " + volume.name + " exists with other " + what + " than the one in the backup: they stay");
  };
  compare("labels", container::texts_from_json(note(source, kLabels)) == volume.labels);
  std::map<std::string, std::string> options = volume.options;
  if (note(source, kSecrets).empty()) compare("options", container::texts_from_json(note(source, kOptions)) == options);
  compare("driver", note(source, kDriver) == volume.driver);
  return warnings;
}

}  // namespace holdfast::files
