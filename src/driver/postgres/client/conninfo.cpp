#include "driver/postgres/client/conninfo.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/uri.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

namespace {

std::string quote_value(const std::string& value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// What libpq takes for a parameter that is not given: from the environment or a service.
std::string default_of(std::string_view keyword) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> defaults(PQconndefaults(), &PQconninfoFree);
  for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->keyword == keyword && option->val != nullptr) return option->val;
  }
  return "";
}

// Splits the parameter "options" as the server does: at white space that no backslash precedes. Keeps the backslashes.
std::vector<std::string> words_of(const std::string& options) {
  std::vector<std::string> words;
  bool inside = false;
  for (std::size_t at = 0; at < options.size(); ++at) {
    const char c = options[at];
    if (is_ascii_space(c)) {
      inside = false;
      continue;
    }
    if (!std::exchange(inside, true)) words.emplace_back();
    words.back() += c;
    if (c == '\\' && at + 1 < options.size()) words.back() += options[++at];
  }
  return words;
}

// What only holds for the caller's own login: its role, and a superuser's settings.
bool is_of_login(std::string setting) {
  std::ranges::transform(setting, setting.begin(), ascii_lower);
  return setting.starts_with("role=") || setting.starts_with("event_triggers=");
}

std::string without_settings_of_login(const std::string& options) {
  const std::vector<std::string> words = words_of(options);
  std::string kept;
  for (std::size_t at = 0; at < words.size(); ++at) {
    std::string word = words[at];
    const bool separate = word == "-c" && at + 1 < words.size();
    if (separate) word += " " + words[++at];
    const std::size_t name = separate ? 3 : 2;  // after "-c ", "-c" or "--"
    const bool is_setting = word.starts_with("-c") || word.starts_with("--");
    if (!is_setting || !is_of_login(word.substr(name))) kept += (kept.empty() ? "" : " ") + word;
  }
  return kept;
}

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// Returns "host:port", or several by commas, with the brackets of IPv6.
std::string authority(const std::string& hosts, const std::string& ports) {
  const std::vector<std::string> each_port = parts_of(ports);
  std::string text;
  std::size_t at = 0;
  for (const std::string& host : parts_of(hosts)) {
    text += at == 0 ? "" : ",";
    text += host.find(':') == std::string::npos ? host : "[" + host + "]";
    const std::string& port = each_port.size() == 1 ? each_port.front() : at < each_port.size() ? each_port[at] : std::string();
    if (!port.empty()) text += ":" + port;
    ++at;
  }
  return text;
}

// Takes the parameter `name` out of a URI and returns its value. libpq knows no such parameter.
std::string take_parameter(std::string& uri, std::string_view name) {
  std::size_t begin = uri.find('?');
  while (begin != std::string::npos && begin + 1 < uri.size()) {
    const std::size_t end = std::min(uri.find('&', begin + 1), uri.size());
    const std::string one = uri.substr(begin + 1, end - begin - 1);
    if (one.starts_with(std::string(name) + "=")) {
      const auto value = percent_decode(std::string_view(one).substr(name.size() + 1));
      if (!value || value->empty()) throw Error(ErrorCode::invalid_argument, "the parameter " + std::string(name) + " has no value");
      uri.erase(end == uri.size() ? begin : begin + 1, end - begin);
      return *value;
    }
    begin = end;
  }
  return {};
}

void require_digits(const std::string& port) {
  if (port.find_first_not_of("0123456789") != std::string::npos)
    throw Error(ErrorCode::invalid_argument, "a server in a container has one port, not '" + port + "'");
}

}  // namespace

ConnInfo::ConnInfo(const std::string& given) {
  std::string uri = given;
  inside_.container = take_parameter(uri, "container");
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(uri.c_str(), &message), &PQconninfoFree);
  if (!parsed) {
    const std::unique_ptr<char, decltype(&PQfreemem)> owned(message, &PQfreemem);
    throw Error(ErrorCode::invalid_argument, "not a PostgreSQL URI: " + redact_uri(uri) +
                                                 " (expected postgresql://[user@][host][:port]/database[?parameter=value…], special "
                                                 "characters percent-encoded)");
  }
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    if (std::string_view(option->keyword) == "password") {
      password_ = option->val;
    } else {
      parameters_[option->keyword] = option->val;
    }
  }
  if (inside_.container.empty()) return;
  if (parameters_.contains("hostaddr"))
    throw Error(ErrorCode::invalid_argument, "a server in a container has no hostaddr: name its host or its socket's folder as host");
  if (const auto host = parameters_.extract("host")) inside_.host = host.mapped();
  if (const auto port = parameters_.extract("port")) inside_.port = port.mapped();
  require_digits(inside_.port);
}

ConnInfo::ConnInfo(std::map<std::string, std::string> parameters) : parameters_(std::move(parameters)) {
  if (const auto found = parameters_.extract("password")) password_ = found.mapped();
}

ConnInfo ConnInfo::with_database(const std::string& database) const {
  ConnInfo other = *this;
  other.parameters_["dbname"] = database;
  return other;
}

ConnInfo ConnInfo::with_password(const std::string& password) const {
  ConnInfo other = *this;
  other.password_ = password;
  return other;
}

ConnInfo ConnInfo::with_login(const std::string& role, const std::string& password) const {
  ConnInfo other = *this;
  // Even if nothing is left: libpq would take its default for an option that is not given.
  if (const std::string options = effective_options(); !options.empty()) other.parameters_["options"] = without_settings_of_login(options);
  other.parameters_["user"] = role;
  other.password_ = password;
  return other;
}

ConnInfo ConnInfo::through_socket(const std::string& folder) const {
  // libpq takes this default, from the environment or a service, even if there is a socket.
  if (!default_of("hostaddr").empty())
    throw Error(ErrorCode::invalid_argument, "can't reach " + display() + " while PGHOSTADDR is set: it leads to another server");
  ConnInfo other = *this;
  other.parameters_["host"] = folder;
  other.parameters_["port"] = inside_.port.empty() ? kUsualPort : inside_.port;
  other.reached_ = true;
  return other;
}

const std::map<std::string, std::string>& ConnInfo::parameters() const {
  if (!inside_.container.empty() && !reached_)
    throw Error(ErrorCode::unsupported, display() + " is in a container: only backup, restore, verify and doctor reach it there");
  return parameters_;
}

ConnInfo ConnInfo::with_setting(const std::string& setting) const {
  ConnInfo other = *this;
  const std::string options = effective_options();
  other.parameters_["options"] = options + (options.empty() ? "" : " ") + setting;
  return other;
}

std::string ConnInfo::effective_options() const {
  const auto given = parameters_.find("options");
  return given == parameters_.end() ? default_of("options") : given->second;
}

std::string ConnInfo::effective_password() const { return password_.empty() ? default_of("password") : password_; }

std::string ConnInfo::database() const {
  const auto found = parameters_.find("dbname");
  return found == parameters_.end() ? "" : found->second;
}

std::string ConnInfo::display() const {
  const auto get = [&](const char* key) {
    const auto found = parameters_.find(key);
    return found == parameters_.end() ? std::string() : found->second;
  };
  std::string text = "postgresql://";
  if (const std::string user = get("user"); !user.empty()) text += percent_encode(user) + "@";
  if (!inside_.container.empty()) {
    text += "/" + percent_encode(database()) + "?container=" + inside_.container;
    if (!inside_.host.empty()) text += "&host=" + inside_.host;
    return text + (inside_.port.empty() ? "" : "&port=" + inside_.port);
  }
  const std::string host = get("host").empty() ? get("hostaddr") : get("host");
  const bool socket = host.starts_with('/');
  if (!socket) text += authority(host, get("port"));
  text += "/" + percent_encode(database());
  if (socket) text += "?host=" + host + (get("port").empty() ? "" : "&port=" + get("port"));
  return text;
}

std::string ConnInfo::for_tool() const {
  const bool has_password = !effective_password().empty();  // it takes precedence over a password file
  std::string text;
  for (const auto& [key, value] : parameters()) {
    if (key == "sslpassword" || (key == "passfile" && has_password)) continue;
    if (key != "options") text += (text.empty() ? "" : " ") + key + "=" + quote_value(value);
  }
  if (const std::string options = effective_options(); !options.empty()) text += " options=" + quote_value(options);
  return text;
}

}  // namespace holdfast::postgres
