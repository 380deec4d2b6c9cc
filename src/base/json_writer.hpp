#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

enum class JsonForm {
  line,      ///< without white space; bytes that are not UTF-8 are replaced by U+FFFD
  document,  ///< a line for each member and element, indented by one space per level; texts must be UTF-8
};

/// Writes one JSON document as text, without a tree in memory. The caller must balance objects and arrays.
class JsonWriter {
 public:
  explicit JsonWriter(JsonForm form = JsonForm::line) : form_(form) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  /// Keys and texts throw Error{invalid_argument} if the form needs UTF-8 and they are not.
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(std::uint64_t number);
  void value(std::int64_t number);
  void value(double number);
  void value(bool flag);
  void null();

  template <typename Value>
  void member(std::string_view name, const Value& of) {
    key(name);
    value(of);
  }

  const std::string& text() const& noexcept { return text_; }
  std::string text() && noexcept { return std::move(text_); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();
  void new_line();
  void quoted(std::string_view text);

  std::string text_;
  JsonForm form_;
  std::size_t depth_ = 0;
  bool first_ = true;       // in the innermost object or array
  bool after_key_ = false;  // the next value is that of a member
};

}  // namespace holdfast
