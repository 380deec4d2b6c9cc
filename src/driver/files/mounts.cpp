#include "driver/files/mounts.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace holdfast::files {

namespace {

// The list writes spaces, tabs, line ends and backslashes as three octal digits after a backslash.
std::string unescaped(const std::string& field) {
  constexpr std::size_t kDigits = 3;
  std::string text;
  for (std::size_t at = 0; at < field.size(); ++at) {
    const bool escape = field[at] == '\\' && field.size() - at > kDigits;
    text += escape ? static_cast<char>(std::stoi(field.substr(at + 1, kDigits), nullptr, 8)) : field[at];
    if (escape) at += kDigits;
  }
  return text;
}

}  // namespace

std::string path_of_open(int folder) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(folder), error).string();
}

bool is_mount_point(const std::string& path) {
  std::ifstream list("/proc/self/mountinfo");
  for (std::string line; std::getline(list, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root, place;
    if (fields >> id >> parent >> device >> root >> place && unescaped(place) == path) return true;
  }
  return false;
}

}  // namespace holdfast::files
