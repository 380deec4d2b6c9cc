#include "base/error_tail.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kErrorsKept = 4096, kErrorsHead = 1024;  // bytes

void shorten(std::string& errors) {
  constexpr std::string_view kLeftOut = " … ";
  if (errors.size() > kErrorsKept) errors.replace(kErrorsHead, errors.size() - kErrorsKept + kLeftOut.size(), kLeftOut);
}

}  // namespace

void ErrorTail::add(std::string_view text) {
  text_ += text;
  if (text_.size() > 2 * kErrorsKept) shorten(text_);
}

std::string ErrorTail::text() const {
  std::string tail = text_;
  shorten(tail);
  while (!tail.empty() && (tail.back() == '\n' || tail.back() == '\r')) tail.pop_back();
  return tail;
}

}  // namespace holdfast
