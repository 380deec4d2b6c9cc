#pragma once

#include <memory>
#include <string>

#include "mask/row_choice.hpp"

namespace re2 {
class RE2;
}

namespace holdfast::masking {

/// Rows that a rule leaves out: those in which a column matches. Immutable; safe from many threads.
class RowPattern {
 public:
  /// Throws Error{unsupported} for a pattern that can't be used in the encoding.
  RowPattern(const std::string& pattern, bool utf8);
  ~RowPattern();
  bool matches(const Field& field) const;

 private:
  std::unique_ptr<const re2::RE2> pattern_;
};

}  // namespace holdfast::masking
