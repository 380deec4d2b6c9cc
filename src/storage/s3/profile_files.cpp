#include "storage/s3/profile_files.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/system_error.hpp"

namespace holdfast {

namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Returns the profile that a section is for, in the form of either file: [NAME], [profile NAME], [profile "NAME"].
std::string_view profile_of(std::string_view line) {
  std::string_view name = trim(line.substr(1, line.find(']') - 1));
  if (name.starts_with("profile ") || name.starts_with("profile\t")) name = trim(name.substr(8));
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.front() == name.back())
    name = name.substr(1, name.size() - 2);
  return name;
}

/// Reads one file's sections for a profile into `profile`, and its keys into `keys`. Returns whether it has any.
bool read_file(const std::string& file, std::string_view wanted, AwsProfile& profile, AwsKeys& keys) {
  if (file.empty()) return false;
  std::ifstream in(file);
  if (!in) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return false;
    throw system_error("can't read the profiles in " + file, errno);
  }
  bool found = false, ours = false, nested = false;
  for (std::string text; std::getline(in, text);) {
    const std::string_view line = trim(text);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      ours = profile_of(line) == wanted;
      found = found || ours;
      nested = false;
      continue;
    }
    const std::size_t equals = line.find('=');
    const bool indented = text.front() == ' ' || text.front() == '\t';
    if (!ours || equals == std::string_view::npos || (nested && indented)) continue;
    const std::string_view key = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1));
    nested = value.empty();  // settings of one service follow, indented
    if (key == "aws_access_key_id")
      keys.access_key_id = value;
    else if (key == "aws_secret_access_key")
      keys.secret_access_key = Secret(value);
    else if (key == "aws_session_token")
      keys.session_token = Secret(value);
    else if (!nested)
      profile.settings.emplace(key, value);
  }
  return found;
}

}  // namespace

std::string AwsProfile::setting(const std::string& key) const {
  const auto found = settings.find(key);
  return found == settings.end() ? "" : found->second;
}

bool is_complete(const AwsKeys& keys) noexcept { return !keys.access_key_id.empty() && !keys.secret_access_key.empty(); }

std::string AwsProfileFiles::shown() const { return credentials + (credentials.empty() || config.empty() ? "" : " and ") + config; }

std::optional<AwsProfile> AwsProfileFiles::find(std::string_view profile) const {
  AwsProfile found;
  const bool in_credentials = read_file(credentials, profile, found, found.credentials_keys);
  const bool in_config = read_file(config, profile, found, found.config_keys);
  if (!in_credentials && !in_config) return std::nullopt;
  return found;
}

}  // namespace holdfast
