#pragma once

#include <holdfast/event.hpp>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace service {

/// Writes one line per event: ISO 8601 time, level, text; or a JSON object with these and further fields, as Google
/// Cloud Logging reads it. INFO goes to standard output, the others to standard error. Replaces each secret by "***".
/// Safe from any thread.
class Log final : public holdfast::EventSink {
 public:
  enum class Format { text, json };
  /// Facts about an event, by name. Only JSON shows them: the text says the same.
  using Fields = std::vector<std::pair<std::string, std::string>>;

  /// Not while other threads log.
  void use(Format format) noexcept { format_ = format; }
  void hide(const std::string& secret);
  /// Hides the password of a database's URI, as written there and decoded.
  void hide_password_of(const std::string& uri);

  void info(const std::string& text, const Fields& fields = {}) { write("INFO", text, fields); }
  void warning(const std::string& text, const Fields& fields = {}) { write("WARNING", text, fields); }
  void error(const std::string& text, const Fields& fields = {}) { write("ERROR", text, fields); }
  /// The library's warnings.
  void on_event(const holdfast::Event& event) noexcept override;

  std::string without_secrets(std::string text) const;

 private:
  void write(const char* level, const std::string& text, const Fields& fields) noexcept;
  std::string line_of(const char* level, const std::string& text, const Fields& fields) const;

  Format format_ = Format::text;
  mutable std::mutex mutex_;
  std::vector<std::string> secrets_;
};

}  // namespace service
