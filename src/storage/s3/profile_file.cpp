#include "storage/s3/profile_file.hpp"

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

}  // namespace

std::optional<AwsKeys> read_profile(const std::string& file, const std::string& profile) {
  std::ifstream in(file);
  if (!in) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return std::nullopt;
    throw system_error("can't read the credentials file " + file, errno);
  }
  AwsKeys keys;
  bool ours = false;
  for (std::string text; std::getline(in, text);) {
    const std::string_view line = trim(text);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      std::string_view name = trim(line.substr(1, line.find(']') - 1));
      if (name.starts_with("profile ")) name = trim(name.substr(8));  // the form of the config file
      ours = name == profile;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!ours || equals == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1));
    if (key == "aws_access_key_id") keys.access_key_id = value;
    if (key == "aws_secret_access_key") keys.secret_access_key = Secret(value);
    if (key == "aws_session_token") keys.session_token = Secret(value);
  }
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) return std::nullopt;
  return keys;
}

}  // namespace holdfast
