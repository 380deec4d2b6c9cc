#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/bytes.hpp"

namespace holdfast::postgres {

/// Returns the character that COPY TO writes as a backslash and this letter; none for other letters.
std::optional<char> unescaped(char letter);

/// Parses COPY text rows into fields, from a stream cut anywhere. NULL becomes an empty text.
class CopyTextReader {
 public:
  explicit CopyTextReader(std::function<void(const std::vector<std::string>&)> row) : row_(std::move(row)) {}
  void add(ByteView bytes);

 private:
  void end_row();

  std::function<void(const std::vector<std::string>&)> row_;
  std::string line_;
};

/// Convert fields of a backup's rows. Throw Error{corrupt} for a field that no backup writes.
const std::string& field_of(const std::vector<std::string>& row, std::size_t number);
std::uint64_t number_of(const std::string& digits);
std::uint32_t oid_of(const std::string& digits);
/// Returns the bytes of a bytea in hex form ("\x…").
Bytes from_bytea(const std::string& text);

}  // namespace holdfast::postgres
