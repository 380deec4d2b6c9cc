#include "mask/row_pattern.hpp"

#include <re2/re2.h>

#include "holdfast/error.hpp"

namespace holdfast::masking {

namespace {

std::unique_ptr<const RE2> compiled(const std::string& pattern, bool utf8) {
  RE2::Options options(RE2::Quiet);
  if (!utf8) options.set_encoding(RE2::Options::EncodingLatin1);
  auto made = std::make_unique<const RE2>(pattern, options);
  if (!made->ok()) {
    throw Error(ErrorCode::unsupported, "drop_where: the pattern can't be used in the backup's encoding: " + made->error());
  }
  return made;
}

}  // namespace

RowPattern::RowPattern(const std::string& pattern, bool utf8) : pattern_(compiled(pattern, utf8)) {}

RowPattern::~RowPattern() = default;

bool RowPattern::matches(const Field& field) const {
  return !field.null && RE2::PartialMatch(re2::StringPiece(field.text.data(), field.text.size()), *pattern_);
}

}  // namespace holdfast::masking
