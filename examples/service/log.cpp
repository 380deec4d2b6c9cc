#include "log.hpp"

#include <holdfast/clock.hpp>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace service {

namespace {

std::string percent_decoded(const std::string& text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escaped = text[at] == '%' && text.find_first_not_of("0123456789abcdefABCDEF", at + 1) > at + 2 && at + 2 < text.size();
    decoded += escaped ? static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16)) : text[at];
    if (escaped) at += 2;
  }
  return decoded;
}

}  // namespace

void Log::hide(const std::string& secret) {
  const std::lock_guard lock(mutex_);
  if (!secret.empty()) secrets_.push_back(secret);
}

void Log::hide_password_of(const std::string& uri) {
  std::string password;
  const std::size_t begin = uri.find("://");
  const std::size_t at = begin == std::string::npos ? begin : uri.rfind('@', uri.find_first_of("/?", begin + 3));
  if (at != std::string::npos && at > begin) {
    const std::size_t colon = uri.find(':', begin + 3);
    if (colon < at) password = uri.substr(colon + 1, at - colon - 1);
  }
  if (const std::size_t named = uri.find("password="); password.empty() && named != std::string::npos) {
    password = uri.substr(named + 9, uri.find('&', named) - named - 9);
  }
  hide(password);
  hide(percent_decoded(password));
}

void Log::on_event(const holdfast::Event& event) noexcept {
  if (event.kind != holdfast::EventKind::warning) return;
  write("WARNING", event.object.empty() ? event.message : event.object + ": " + event.message, {});
}

std::string Log::without_secrets(std::string text) const {
  const std::lock_guard lock(mutex_);
  for (const std::string& secret : secrets_) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
  }
  return text;
}

std::string Log::line_of(const char* level, const std::string& text, const Fields& fields) const {
  const std::string time = holdfast::format_time(holdfast::system_clock().now());
  if (format_ == Format::text) return time + " " + level + " " + text;
  nlohmann::ordered_json line = {{"severity", level}, {"time", time}, {"message", text}};
  for (const auto& [name, value] : fields) line[name] = without_secrets(value);
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Log::write(const char* level, const std::string& text, const Fields& fields) noexcept {
  try {
    std::string clean = without_secrets(text);
    for (char& c : clean) {
      if (static_cast<unsigned char>(c) < ' ') c = ' ';
    }
    const std::string line = line_of(level, clean, fields) + "\n";
    std::FILE* const out = level[0] == 'I' ? stdout : stderr;
    const std::lock_guard lock(mutex_);
    std::fwrite(line.data(), 1, line.size(), out);
    std::fflush(out);
  } catch (...) {  // no memory for the line: the service itself continues
  }
}

}  // namespace service
