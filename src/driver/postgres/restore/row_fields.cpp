#include "driver/postgres/restore/row_fields.hpp"

#include <algorithm>

#include "driver/postgres/client/copy_text.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::size_t kRows = 64;  // at a time: enough for a mask that does several values at once, and small in a cache

std::size_t end_of_field(std::string_view row, std::size_t begin) { return std::min(row.find('\t', begin), row.size()); }

}  // namespace

RowFields::RowFields(std::span<const std::size_t> wanted)
    : wanted_(wanted.begin(), wanted.end()), rows_(kRows), raw_(kRows * wanted_.size()), fields_(kRows * wanted_.size()) {}

void RowFields::finish() const {
  if (!partial_.empty()) throw Error(ErrorCode::corrupt, "the rows end in the middle of one");
}

void RowFields::read(std::string_view row) {
  const std::size_t first = count_ * wanted_.size();
  const std::span raw = std::span(raw_).subspan(first, wanted_.size());
  const std::span fields = std::span(fields_).subspan(first, wanted_.size());
  const bool escapes = row.find('\\') != std::string_view::npos;
  std::size_t column = 0, at = 0;
  for (std::size_t position = 0; position < wanted_.size(); ++position, ++column) {
    for (; column < wanted_[position]; ++column) at = end_of_field(row, at) + 1;
    if (at > row.size()) throw Error(ErrorCode::corrupt, "a row of the backup has too few fields");
    const std::size_t end = end_of_field(row, at);
    const std::string_view field = raw[position] = {row.data() + at, end - at};
    const bool null = escapes && field == kNullField;
    fields[position] = {!escapes ? field : null ? std::string_view() : unescaped_text(field), null};
    at = end + 1;
  }
  rows_[count_++] = {row, raw, fields};
}

std::string_view RowFields::unescaped_text(std::string_view field) {
  if (field.find('\\') == std::string_view::npos) return field;
  const std::size_t begin = plain_.size();
  for (std::size_t at = 0; at < field.size(); ++at) {
    const bool escape = field[at] == '\\' && at + 1 < field.size();
    plain_ += escape ? unescaped(field[at + 1]).value_or(field[at + 1]) : field[at];
    if (escape) ++at;
  }
  return std::string_view(plain_).substr(begin);
}

}  // namespace holdfast::postgres
