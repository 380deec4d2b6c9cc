#include "driver/files/options.hpp"

#include <algorithm>

#include "container/engine.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

namespace {

constexpr const char* kOneFileSystem = "one_file_system";
constexpr const char* kChanged = "changed";
constexpr const char* kUnreadable = "unreadable";
constexpr const char* kExcludeCaches = "exclude_caches";
constexpr const char* kExcludeIfPresent = "exclude_if_present";
constexpr const char* kWarn = "warn";
constexpr const char* kFail = "fail";
constexpr const char* kEngineSocket = "engine_socket";
constexpr const char* kQuiesce = "quiesce";
constexpr const char* kEmpty = "empty";

std::string marker_name(const ParsedOptions& options) {
  const std::string& name = options.text(kExcludeIfPresent);
  if (!options.given(kExcludeIfPresent)) return {};
  if (!name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos) return name;
  throw Error(ErrorCode::invalid_argument, "files option exclude_if_present takes the name of a file, without '/', not '" + name + "'");
}

}  // namespace

std::vector<OptionSpec> option_specs() {
  return {{.name = kOneFileSystem,
           .type = OptionType::boolean,
           .default_value = "no",
           .help = "take folders where another file system is mounted as empty",
           .calls = {DriverCall::backup}},
          {.name = kChanged,
           .type = OptionType::choice,
           .default_value = kWarn,
           .help = "what to do with a file that changes each time it is read",
           .calls = {DriverCall::backup},
           .choices = {kWarn, kFail}},
          {.name = kUnreadable,
           .type = OptionType::choice,
           .default_value = kFail,
           .help = "what to do with files and folders that can't be read; warn leaves them out",
           .calls = {DriverCall::backup},
           .choices = {kWarn, kFail}},
          {.name = kExcludeCaches,
           .type = OptionType::boolean,
           .default_value = "no",
           .help = "leave out the content of folders with a CACHEDIR.TAG",
           .calls = {DriverCall::backup}},
          {.name = kExcludeIfPresent, .help = "leave out the content of folders with a file of this name", .calls = {DriverCall::backup}},
          {.name = kEngineSocket,
           .help = "of a volume: path of the unix socket of the engine's API; empty = the engine's usual one",
           .calls = {DriverCall::backup, DriverCall::restore, DriverCall::verify, DriverCall::doctor}},
          {.name = kQuiesce,
           .type = OptionType::choice,
           .default_value = "none",
           .help = "of a volume: what to do with the running containers that use it; they run again afterwards; a restore takes no pause",
           .calls = {DriverCall::backup, DriverCall::restore},
           .choices = {"none", "pause", "stop"}},
          {.name = kEmpty,
           .type = OptionType::boolean,
           .default_value = "no",
           .help = "of a volume: remove the files in it before the restore",
           .calls = {DriverCall::restore}}};
}

SourceOptions source_options(const ParsedOptions& options) {
  SourceOptions read;
  read.walk.one_file_system = options.flag(kOneFileSystem);
  read.read.on_change = options.text(kChanged) == kWarn ? OnChange::warn : OnChange::fail;
  read.read.on_unreadable = options.text(kUnreadable) == kWarn ? OnUnreadable::leave_out : OnUnreadable::fail;
  read.walk.on_unreadable = read.read.on_unreadable;
  read.walk.markers = {.caches = options.flag(kExcludeCaches), .name = marker_name(options)};
  return read;
}

VolumePlace volume_place(const std::string& uri, DriverCall call, const ParsedOptions& options) {
  VolumePlace place;
  place.scheme = uri.substr(0, uri.find(':'));
  place.name = volume_name(uri);
  place.socket = container::socket_of(options.text(kEngineSocket), place.scheme);
  if (call == DriverCall::backup || call == DriverCall::restore) place.quiesce = container::parse_quiesce(options.text(kQuiesce));
  if (call != DriverCall::restore) return place;
  place.empty = options.flag(kEmpty);
  if (place.quiesce == container::Quiesce::pause)
    throw Error(ErrorCode::invalid_argument, "a paused container keeps what it has read: a restore takes quiesce=stop or none");
  return place;
}

void refuse_volume_options(DriverCall call, const ParsedOptions& options) {
  for (const OptionSpec& spec : options_for(option_specs(), call)) {
    const bool of_volumes = spec.name == kEngineSocket || spec.name == kQuiesce || spec.name == kEmpty;
    if (of_volumes && options.given(spec.name))
      throw Error(ErrorCode::invalid_argument, "option " + spec.name + " is for volumes: leave it out for other trees of files");
  }
}

}  // namespace holdfast::files
