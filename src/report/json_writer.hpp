#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

/// Writes one JSON document as text, without a tree in memory. The caller must balance objects and arrays.
class JsonWriter {
 public:
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  /// Replaces bytes that are not UTF-8 by U+FFFD.
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(std::uint64_t number);
  void value(std::int64_t number);
  void value(double number);
  void value(bool flag);
  void null();

  const std::string& text() const noexcept { return text_; }

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();

  std::string text_;
  bool first_ = true;  // in the innermost object or array, or after a key
};

}  // namespace holdfast
