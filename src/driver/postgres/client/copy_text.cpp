#include "driver/postgres/client/copy_text.hpp"

#include <charconv>
#include <limits>

#include "base/hex.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

std::optional<char> unescaped(char letter) {
  switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case '\\': return '\\';
    default: return std::nullopt;
  }
}

void CopyTextReader::add(ByteView bytes) {
  std::string_view text = as_text(bytes);
  for (std::size_t newline = 0; (newline = text.find('\n')) != std::string_view::npos; text.remove_prefix(newline + 1)) {
    line_ += text.substr(0, newline);
    end_row();
    line_.clear();
  }
  line_ += text;
}

void CopyTextReader::end_row() {
  std::vector<std::string> fields(1);
  for (std::size_t at = 0; at < line_.size(); ++at) {
    if (line_[at] == '\t') {
      fields.emplace_back();
    } else if (line_[at] != '\\' || at + 1 == line_.size()) {
      fields.back() += line_[at];
    } else if (line_[++at] != 'N') {
      fields.back() += unescaped(line_[at]).value_or(line_[at]);
    }
  }
  row_(fields);
}

const std::string& field_of(const std::vector<std::string>& row, std::size_t number) {
  if (number >= row.size()) throw Error(ErrorCode::corrupt, "a row of the backup has " + std::to_string(row.size()) + " fields, too few");
  return row[number];
}

std::uint64_t number_of(const std::string& digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw Error(ErrorCode::corrupt, "the backup holds '" + digits.substr(0, 40) + "' in place of a number");
  }
  return value;
}

std::uint32_t oid_of(const std::string& digits) {
  const std::uint64_t value = number_of(digits);
  if (value > std::numeric_limits<std::uint32_t>::max()) throw Error(ErrorCode::corrupt, "the backup holds the OID " + digits);
  return static_cast<std::uint32_t>(value);
}

Bytes from_bytea(const std::string& text) {
  if (!text.starts_with("\\x")) throw Error(ErrorCode::corrupt, "a large object's bytes are not in hex form");
  return from_hex(std::string_view(text).substr(2));
}

}  // namespace holdfast::postgres
