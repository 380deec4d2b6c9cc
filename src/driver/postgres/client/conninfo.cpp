#include "driver/postgres/client/conninfo.hpp"

#include <libpq-fe.h>

#include <memory>

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

}  // namespace

ConnInfo::ConnInfo(const std::string& uri) {
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
}

ConnInfo::ConnInfo(std::map<std::string, std::string> parameters) : parameters_(std::move(parameters)) {
  if (const auto found = parameters_.extract("password")) password_ = found.mapped();
}

ConnInfo ConnInfo::with_database(const std::string& database) const {
  ConnInfo other = *this;
  other.parameters_["dbname"] = database;
  return other;
}

ConnInfo ConnInfo::with_login(const std::string& role, const std::string& password) const {
  ConnInfo other = *this;
  if (const auto options = other.parameters_.find("options"); options != other.parameters_.end()) {
    const std::size_t at = options->second.find(kNoEventTriggers);
    if (at != std::string::npos) options->second.erase(at, std::string_view(kNoEventTriggers).size());
  }
  other.parameters_["user"] = role;
  other.password_ = password;
  return other;
}

ConnInfo ConnInfo::with_setting(const std::string& setting) const {
  ConnInfo other = *this;
  std::string& options = other.parameters_["options"];
  options += (options.empty() ? "" : " ") + setting;
  return other;
}

std::string ConnInfo::effective_password() const {
  if (!password_.empty()) return password_;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> defaults(PQconndefaults(), &PQconninfoFree);
  for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (std::string_view(option->keyword) == "password" && option->val != nullptr) return option->val;
  }
  return "";
}

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
  const std::string host = get("host").empty() ? get("hostaddr") : get("host");
  const bool socket = host.starts_with('/');
  if (!socket) text += host;
  if (const std::string port = get("port"); !port.empty() && !socket) text += ":" + port;
  text += "/" + percent_encode(database());
  if (socket) text += "?host=" + host + (get("port").empty() ? "" : "&port=" + get("port"));
  return text;
}

std::string ConnInfo::for_tool() const {
  const bool has_password = !effective_password().empty();  // it takes precedence over a password file
  std::string text;
  for (const auto& [key, value] : parameters_) {
    if (key == "sslpassword" || (key == "passfile" && has_password)) continue;
    text += (text.empty() ? "" : " ") + key + "=" + quote_value(value);
  }
  return text;
}

}  // namespace holdfast::postgres
