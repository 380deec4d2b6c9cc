#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/bytes.hpp"

namespace holdfast::postgres {

/// What a letter behind a backslash stands for, of those that COPY TO writes; nothing for other letters.
std::optional<char> unescaped(char letter);

/// Reads COPY text rows back into fields, from a stream cut anywhere. NULL comes as an empty text.
class CopyTextReader {
 public:
  explicit CopyTextReader(std::function<void(const std::vector<std::string>&)> row) : row_(std::move(row)) {}
  void add(ByteView bytes);

 private:
  void end_row();

  std::function<void(const std::vector<std::string>&)> row_;
  std::string line_;
};

/// Fields of rows that a backup holds. Throw Error{corrupt} where they are not what a backup writes.
const std::string& field_of(const std::vector<std::string>& row, std::size_t number);
std::uint64_t number_of(const std::string& digits);
std::uint32_t oid_of(const std::string& digits);
/// The bytes of a bytea in hex form ("\x…").
Bytes from_bytea(const std::string& text);

}  // namespace holdfast::postgres
