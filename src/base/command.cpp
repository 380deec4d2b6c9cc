#include "base/command.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "holdfast/error.hpp"

extern char** environ;

namespace holdfast {

namespace {

bool names(const std::string& pattern, std::string_view key) {
  return pattern.ends_with('*') ? key.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1)) : key == pattern;
}

std::size_t count_variables() {
  std::size_t count = 0;
  while (environ != nullptr && environ[count] != nullptr) ++count;
  return count;
}

}  // namespace

std::vector<std::string> basic_variables() {
  return {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "TERM"};
}

std::vector<std::string> require_variables(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool set =
        std::any_of(environ, environ + count_variables(), [&](const char* line) { return std::string_view(line).starts_with(name + "="); });
    if (!set) throw Error(ErrorCode::invalid_argument, "can't pass the variable " + name + " to a program: it is not set");
  }
  return names;
}

std::optional<RunAs> unprivileged_user(std::span<const std::string> names) {
  if (::geteuid() != 0) return std::nullopt;
  for (const std::string& name : names) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 8192> buffer{};
    if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr && found->pw_uid != 0) {
      return RunAs{found->pw_uid, found->pw_gid, name};
    }
  }
  throw Error(ErrorCode::not_found, "can't start a server as root, and there is no unprivileged user to run it");
}

std::vector<std::string> environment_of(const Command& command) {
  const auto& set = command.environment;
  std::vector<std::string> result;
  for (const std::string_view line : std::span(environ, count_variables())) {
    const std::string_view key = line.substr(0, line.find('='));
    const bool passed = std::any_of(command.pass.begin(), command.pass.end(), [&](const std::string& name) { return names(name, key); });
    const bool replaced = std::any_of(set.begin(), set.end(), [&](const auto& pair) { return pair.first == key; });
    if (passed && !replaced) result.emplace_back(line);
  }
  // If a name is given twice, its last value counts. Programs would use the first of two lines.
  for (auto at = set.begin(); at != set.end(); ++at) {
    const bool replaced = std::any_of(std::next(at), set.end(), [&](const auto& pair) { return pair.first == at->first; });
    if (!replaced) result.push_back(at->first + "=" + at->second);
  }
  return result;
}

}  // namespace holdfast
