#pragma once

#include <holdfast/event.hpp>

#include <mutex>
#include <string>
#include <vector>

namespace service {

/// Writes one line per event: ISO 8601 time, level, text. INFO goes to standard output, the others to standard error.
/// Replaces each secret by "***". Safe from any thread.
class Log final : public holdfast::EventSink {
 public:
  void hide(const std::string& secret);
  /// Hides the password of a database's URI, as written there and decoded.
  void hide_password_of(const std::string& uri);

  void info(const std::string& text) { write("INFO", text); }
  void warning(const std::string& text) { write("WARNING", text); }
  void error(const std::string& text) { write("ERROR", text); }
  /// The library's warnings.
  void on_event(const holdfast::Event& event) noexcept override;

  std::string without_secrets(std::string text) const;

 private:
  void write(const char* level, const std::string& text) noexcept;

  mutable std::mutex mutex_;
  std::vector<std::string> secrets_;
};

}  // namespace service
