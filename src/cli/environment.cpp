#include "environment.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace holdfast::cli {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Skips empty parts: in PATH an empty part means the current directory, which must not be searched for programs.
std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = variable(name);
    if (value.empty()) continue;
    for (char& c : value) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

Secret take_password() {
  char* value = std::getenv("HOLDFAST_PASSWORD");
  if (value == nullptr) return {};
  Secret password{std::string_view(value)};
  ::explicit_bzero(value, std::strlen(value));
  ::unsetenv("HOLDFAST_PASSWORD");
  return password;
}

// A user without a name is told by number.
std::string user_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return user == nullptr ? std::to_string(::geteuid()) : user->pw_name;
}

std::map<std::string, std::string> cloud_variables() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if ((text.starts_with("AWS_") || text.starts_with("AZURE_")) && equals != std::string_view::npos && equals + 1 < text.size())
      found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const char* name : {"GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "STORAGE_EMULATOR_HOST", "GCE_METADATA_HOST"})
    if (std::string value = variable(name); !value.empty()) found.emplace(name, std::move(value));
  return found;
}

}  // namespace

Environment take_environment() {
  Environment environment;
  environment.repository = variable("HOLDFAST_REPOSITORY");
  environment.password = take_password();
  environment.password_command = variable("HOLDFAST_PASSWORD_COMMAND");
  environment.principal = variable("HOLDFAST_PRINCIPAL");
  if (environment.principal.empty()) environment.principal = user_name();
  environment.audit_key_file = variable("HOLDFAST_AUDIT_KEY_FILE");
  for (const std::string& folder : split(variable("PATH"), ':')) environment.path.emplace_back(folder);
  environment.pass = split(variable("HOLDFAST_PASS_ENV"), ',');
  const std::string temp = variable("TMPDIR");
  environment.temp_directory = temp.empty() ? "/tmp" : temp;
  environment.home = variable("HOME");
  const std::string cache = variable("XDG_CACHE_HOME");
  if (!cache.empty() || !environment.home.empty()) environment.cache_directory = cache.empty() ? environment.home + "/.cache" : cache;
  const std::string state = variable("XDG_STATE_HOME");
  if (!state.empty() || !environment.home.empty()) environment.state_directory = state.empty() ? environment.home + "/.local/state" : state;
  environment.cloud = cloud_variables();
  environment.utf8 = locale_is_utf8();
  environment.colour = variable("NO_COLOR").empty();
  return environment;
}

std::optional<std::string> named_variable(const std::string& name, const Environment& environment) {
  if (name == "HOLDFAST_PASSWORD" && !environment.password.empty()) return std::string(as_text(environment.password.bytes()));
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace holdfast::cli
