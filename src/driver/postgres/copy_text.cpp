#include "driver/postgres/copy_text.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

namespace {

char unescaped(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return c;
  }
}

}  // namespace

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
      fields.back() += unescaped(line_[at]);
    }
  }
  row_(fields);
}

Bytes from_bytea(const std::string& text) {
  if (!text.starts_with("\\x")) throw Error(ErrorCode::corrupt, "a large object's bytes are not in hex form");
  return from_hex(std::string_view(text).substr(2));
}

}  // namespace holdfast::postgres
