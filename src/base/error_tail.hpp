#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// The standard error of a program: its beginning, which often names the cause, and its end, which names the effect.
class ErrorTail {
 public:
  void add(std::string_view text);
  /// Without the line breaks at its end.
  std::string text() const;

 private:
  std::string text_;
};

}  // namespace holdfast
