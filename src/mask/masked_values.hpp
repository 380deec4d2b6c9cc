#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::masking {

/// Masked values of one column, one after the other, taken in the order in which they were added. One thread.
class MaskedValues {
 public:
  /// Forgets all values. Keeps the memory.
  void clear() {
    text_.clear();
    values_.clear();
    taken_ = 0;
  }
  /// Add a value: append it to text(), then end it.
  std::string& text() noexcept { return text_; }
  std::string_view all() const noexcept { return text_; }
  void end_value(bool null = false) { values_.push_back({text_.size(), null}); }

  /// Returns the next value, valid until the next one is added; none for a null.
  std::optional<std::string_view> take() {
    const std::size_t begin = taken_ == 0 ? 0 : values_[taken_ - 1].end;
    const Value& value = values_[taken_++];
    if (value.null) return std::nullopt;
    return std::string_view(text_.data() + begin, value.end - begin);
  }

 private:
  struct Value {
    std::size_t end = 0;  // in the text
    bool null = false;
  };
  std::string text_;
  std::vector<Value> values_;
  std::size_t taken_ = 0;
};

}  // namespace holdfast::masking
