#include "driver/postgres/restore/masked_rows.hpp"

#include <algorithm>

namespace holdfast::postgres {

namespace {

bool is_special(char c) { return c == '\\' || (c >= '\b' && c <= '\r'); }

// Blocks of one size, without a branch for each character, become vector instructions.
bool needs_escapes(std::string_view text) {
  constexpr std::size_t kBlock = 64;
  for (; text.size() >= kBlock; text.remove_prefix(kBlock)) {
    unsigned char found = 0;
    for (std::size_t at = 0; at < kBlock; ++at) found |= static_cast<unsigned char>(is_special(text[at]));
    if (found != 0) return true;
  }
  return std::ranges::any_of(text, is_special);
}

}  // namespace

MaskedRows::MaskedRows(const masking::MaskPlan& plan, const masking::TablePlan& table)
    : mask_(plan, table), rows_(mask_.wanted()), escaped_(mask_.wanted().size()) {
  if (!mask_.shuffles().empty()) shuffle_.emplace(plan.key, mask_.shuffles());
}

ByteView MaskedRows::mask(ByteView bytes) {
  out_.clear();
  rows_.add(bytes, [this](std::span<const RowFields::Row> rows) { mask_rows(rows); });
  return as_bytes(out_);
}

ByteView MaskedRows::finish() {
  rows_.finish();
  out_.clear();
  if (shuffle_) shuffle_->finish(out_);
  return as_bytes(out_);
}

void MaskedRows::mask_rows(std::span<const RowFields::Row> rows) {
  kept_.clear();
  kept_fields_.clear();
  for (const RowFields::Row& row : rows) {
    if (mask_.drops(row.fields)) continue;
    kept_.push_back(&row);
    kept_fields_.push_back(row.fields);
  }
  mask_.apply(kept_fields_);
  for (std::size_t position = 0; position < escaped_.size(); ++position) escaped_[position] = needs_escapes(mask_.masked(position));
  for (const RowFields::Row* const row : kept_) write(*row);
}

void MaskedRows::write(const RowFields::Row& row) {
  const char* copied = row.text.data();
  for (std::size_t position = 0; position < row.raw.size(); ++position) {
    const bool shuffled = mask_.shuffled(position) != masking::RowMask::kNone;
    if (!shuffled && !mask_.masks(position)) continue;
    const std::string_view raw = row.raw[position];
    const bool null = row.fields[position].null;
    append({copied, raw.data()});
    if (shuffled) {
      if (!null) mask_.count_value(position);
      shuffle_->add_value(mask_.shuffled(position), raw, null);
    } else {
      append_masked(position, null);
    }
    copied = raw.data() + raw.size();
  }
  append({copied, row.text.data() + row.text.size()});
  append("\n");
  if (shuffle_) shuffle_->end_row(out_);
}

void MaskedRows::append(std::string_view text) {
  if (shuffle_) {
    shuffle_->add_text(text);
  } else {
    out_ += text;
  }
}

void MaskedRows::append_masked(std::size_t position, bool null) {
  const std::optional<std::string_view> masked = null ? std::nullopt : mask_.take(position);
  if (!masked) {
    append(kNullField);
  } else if (escaped_[position]) {
    append_escaped(*masked);
  } else {
    append(*masked);
  }
}

void MaskedRows::append_escaped(std::string_view value) {
  for (;;) {
    const auto special = std::ranges::find_if(value, is_special);
    append({value.begin(), special});
    if (special == value.end()) return;
    constexpr std::string_view kLetters = "btnvfr";  // from \b on
    append("\\");
    append(*special == '\\' ? "\\" : kLetters.substr(static_cast<std::size_t>(*special - '\b'), 1));
    value = {special + 1, value.end()};
  }
}

}  // namespace holdfast::postgres
