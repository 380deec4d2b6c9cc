#include "mask/row_choice.hpp"

#include <xxhash.h>

#include <algorithm>
#include <string>

#include "base/ascii.hpp"

namespace holdfast::masking {

namespace {

// Appends the value in the form that all equal values have, and its size, so that neighbours can't be confused.
void append_equal(std::string& out, std::string_view value, EqualForm form) {
  if (form == EqualForm::padded) value = value.substr(0, value.find_last_not_of(' ') + 1);
  if (form == EqualForm::decimal && value.find('.') != std::string_view::npos) {
    value = value.substr(0, value.find_last_not_of('0') + 1);
    if (value.ends_with('.')) value.remove_suffix(1);
  }
  for (const char c : value) out += form == EqualForm::folded ? ascii_lower(c) : c;
  out += '\0';
  out += std::to_string(value.size());
  out += '\0';
}

constexpr std::string_view kNullMark("\0null\0", 6);

const Field& field_at(std::size_t column, std::span<const Field> fields, std::span<const std::size_t> wanted) {
  return fields[static_cast<std::size_t>(std::ranges::lower_bound(wanted, column) - wanted.begin())];
}

}  // namespace

EqualForm equal_form(const MaskColumn& column) {
  if (column.folded) return EqualForm::folded;
  if (column.padded) return EqualForm::padded;
  return column.type == MaskType::numeric ? EqualForm::decimal : EqualForm::exact;
}

void KeyColumns::append_to(std::vector<std::size_t>& indexes) const {
  for (const Column& column : columns) indexes.push_back(column.index);
}

std::uint64_t KeyColumns::hash(std::span<const Field> fields, std::span<const std::size_t> wanted) const {
  std::string text;
  for (const Column& column : columns) {
    const Field& field = field_at(column.index, fields, wanted);
    if (field.null) {
      text += kNullMark;
    } else {
      append_equal(text, field.text, column.form);
    }
  }
  return XXH3_64bits(text.data(), text.size());
}

std::uint64_t KeyColumns::key_hash(std::span<const Field> fields, std::span<const std::size_t> wanted) const {
  const auto is_null = [&](const Column& column) { return field_at(column.index, fields, wanted).null; };
  return std::ranges::any_of(columns, is_null) ? kNull : hash(fields, wanted) | 1;
}

void RowChoice::append_to(std::vector<std::size_t>& indexes) const {
  sample.append_to(indexes);
  for (const Key& key : keys) key.columns.append_to(indexes);
}

RowChoice::Why RowChoice::judge(std::span<const Field> fields, std::span<const std::size_t> wanted) const {
  if (sample.hash(fields, wanted) <= greatest) return Why::chosen;
  const auto must_come = [&](const Key& key) { return key.referred->contains(key.columns.key_hash(fields, wanted)); };
  return std::ranges::any_of(keys, must_come) ? Why::referred : Why::not_kept;
}

}  // namespace holdfast::masking
