#include "driver/files/volume.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/ascii.hpp"
#include "base/fd.hpp"
#include "base/system_error.hpp"
#include "driver/files/mounts.hpp"

namespace holdfast::files {

bool names_volume(std::string_view uri) { return uri.starts_with("docker-volume:") || uri.starts_with("podman-volume:"); }

std::string volume_name(const std::string& uri) {
  constexpr std::string_view kSlashes = "://";
  const std::size_t colon = uri.find(':');
  const std::string name = uri.compare(colon, kSlashes.size(), kSlashes) == 0 ? uri.substr(colon + kSlashes.size()) : std::string();
  const auto allowed = [](char c) { return is_ascii_alnum(c) || c == '_' || c == '.' || c == '-'; };
  if (!name.empty() && is_ascii_alnum(name.front()) && std::ranges::all_of(name, allowed)) return name;
  throw Error(ErrorCode::invalid_argument, "a volume is named as in " + uri.substr(0, colon) +
                                               "://shop_uploads: letters and digits, and after the first one also '_', '.' and '-'");
}

std::string volume_folder(const container::Volume& volume) {
  const std::string& folder = volume.mount_point;
  const auto refuse = [&volume](const std::string& why) {
    return Error(ErrorCode::unsupported, "the files of the volume " + volume.name + " can't be reached in a folder: " + why);
  };
  if (folder.empty()) throw refuse("the engine names none");
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw refuse(system_error("can't open " + folder, errno).message());
  // Without its mount, the folder is empty, and so would be the backup.
  if (volume.mounted_on_demand() && !is_mount_point(path_of_open(fd.get())))
    throw refuse("the engine mounts it only while a container uses it");
  return folder;
}

std::optional<std::string> reachable_folder(const container::Volume& volume, const Context& context) {
  try {
    return volume_folder(volume);
  } catch (const Error& error) {
    // Podman does not mount such a volume for a helper container either, and hands over an empty archive.
    if (error.code() != ErrorCode::unsupported || volume.mounted_on_demand()) throw;
    context.log(error.message() + "; using a helper container");
    return std::nullopt;
  }
}

}  // namespace holdfast::files
