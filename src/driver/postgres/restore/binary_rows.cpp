#include "driver/postgres/restore/binary_rows.hpp"

#include <algorithm>
#include <cstdint>

#include "base/big_endian.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::uint32_t kNull = 0xFFFFFFFF;  // in place of the length of a value

}  // namespace

std::size_t BinaryRows::turn(std::string_view text) {
  used_ = 0;
  std::size_t turned = 0;
  for (std::size_t end = 0; (end = text.find('\n', turned)) != std::string_view::npos; turned = end + 1) {
    if (!turn_row(text.substr(turned, end - turned))) break;
  }
  return turned;
}

// Writes an int16 count of fields, then for each an int32 length and as many bytes. A row without columns is an empty
// line.
bool BinaryRows::turn_row(std::string_view row) {
  if (forms_.empty() && !row.empty()) return false;
  const std::size_t most = sizeof(std::uint16_t) + row.size() + forms_.size() * (sizeof(std::uint32_t) + kBinaryExcess);
  if (buffer_.size() - used_ < most) buffer_.resize(2 * buffer_.size() + most);
  std::byte* at = buffer_.data() + used_;
  put_number(at, static_cast<std::uint16_t>(forms_.size()));
  for (std::size_t left = forms_.size(); const BinaryForm form : forms_) {
    const std::size_t end = std::min(row.find('\t'), row.size());
    if ((--left == 0) != (end == row.size())) return false;  // too few or too many fields
    if (!turn_field(form, row.substr(0, end), at)) return false;
    row.remove_prefix(std::min(end + 1, row.size()));
  }
  used_ = static_cast<std::size_t>(at - buffer_.data());
  return true;
}

bool BinaryRows::turn_field(BinaryForm form, std::string_view field, std::byte*& at) {
  std::byte* length = at;
  at += sizeof(std::uint32_t);
  const bool null = field == "\\N";
  const std::byte* const value = at;
  if (!null && !put_binary(form, field, at)) return false;
  put_number(length, null ? kNull : static_cast<std::uint32_t>(at - value));
  return true;
}

}  // namespace holdfast::postgres
