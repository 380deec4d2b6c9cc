#pragma once

#include <functional>
#include <string>
#include <vector>

#include "holdfast/bytes.hpp"

namespace holdfast::postgres {

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

/// The bytes of a bytea in hex form ("\x…").
Bytes from_bytea(const std::string& text);

}  // namespace holdfast::postgres
