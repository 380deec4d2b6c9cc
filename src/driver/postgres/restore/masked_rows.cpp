#include "driver/postgres/restore/masked_rows.hpp"

#include <algorithm>

#include "driver/postgres/client/copy_text.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::string_view kNullField = "\\N";

}  // namespace

MaskedRows::MaskedRows(const masking::MaskPlan& plan, const masking::TablePlan& table)
    : mask_(plan, table), raw_(mask_.wanted().size()), fields_(raw_.size()), plain_(raw_.size()) {}

ByteView MaskedRows::mask(ByteView bytes) {
  out_.clear();
  std::string_view text = as_text(bytes);
  for (std::size_t newline = 0; (newline = text.find('\n')) != std::string_view::npos; text.remove_prefix(newline + 1)) {
    if (partial_.empty()) {
      mask_row(text.substr(0, newline));
      continue;
    }
    partial_ += text.substr(0, newline);
    mask_row(partial_);
    partial_.clear();
  }
  partial_ += text;
  return as_bytes(out_);
}

void MaskedRows::finish() const {
  if (!partial_.empty()) throw Error(ErrorCode::corrupt, "the rows end in the middle of one");
}

void MaskedRows::mask_row(std::string_view row) {
  std::size_t column = 0, at = 0;
  for (std::size_t position = 0; position < raw_.size(); ++position) {
    for (; column < mask_.wanted()[position]; ++column) {
      const std::size_t tab = row.find('\t', at);
      if (tab == std::string_view::npos) throw Error(ErrorCode::corrupt, "a row of the backup has too few fields");
      at = tab + 1;
    }
    const std::string_view raw = row.substr(at, std::min(row.find('\t', at), row.size()) - at);
    raw_[position] = raw;
    fields_[position] = {raw == kNullField ? std::string_view() : unescaped_text(raw, plain_[position]), raw == kNullField};
  }
  if (mask_.drops(fields_)) return;
  const char* copied = row.data();
  for (std::size_t position = 0; position < raw_.size(); ++position) {
    if (!mask_.masks(position)) continue;
    const std::string_view raw = raw_[position];
    out_.append(copied, raw.data());
    value_.clear();
    if (mask_.apply(position, fields_, value_)) {
      append_escaped(value_);
    } else {
      out_ += kNullField;
    }
    copied = raw.data() + raw.size();
  }
  out_.append(copied, row.data() + row.size());
  out_ += '\n';
}

std::string_view MaskedRows::unescaped_text(std::string_view field, std::string& into) {
  if (field.find('\\') == std::string_view::npos) return field;
  into.clear();
  for (std::size_t at = 0; at < field.size(); ++at) {
    const bool escape = field[at] == '\\' && at + 1 < field.size();
    into += escape ? unescaped(field[at + 1]).value_or(field[at + 1]) : field[at];
    if (escape) ++at;
  }
  return into;
}

void MaskedRows::append_escaped(std::string_view value) {
  for (;;) {
    const auto special = std::ranges::find_if(value, [](char c) { return c == '\\' || (c >= '\b' && c <= '\r'); });
    out_.append(value.begin(), special);
    if (special == value.end()) return;
    constexpr std::string_view kLetters = "btnvfr";  // from \b on
    out_ += '\\';
    out_ += *special == '\\' ? '\\' : kLetters[static_cast<std::size_t>(*special - '\b')];
    value = {special + 1, value.end()};
  }
}

}  // namespace holdfast::postgres
