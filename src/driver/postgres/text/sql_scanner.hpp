#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "holdfast/bytes.hpp"
#include "holdfast/io.hpp"

namespace holdfast::postgres {

/// Reads SQL text as psql does and cuts it into statements: at semicolons outside of quotes, dollar quotes, comments,
/// parentheses and bodies of SQL functions (BEGIN ATOMIC … END). Holds one statement in memory.
class SqlScanner {
 public:
  explicit SqlScanner(Reader& from);

  enum class Kind { statement, backslash, end };
  struct Piece {
    Kind kind = Kind::end;
    std::string text;        ///< without the semicolon and without comments; a backslash command up to its line's end
    std::uint64_t line = 0;  ///< of its first character
  };
  Piece next();

  /// After a COPY … FROM stdin: gives the lines of data up to the line "\.", which it drops.
  void copy_data(const std::function<void(ByteView)>& take);

  std::uint64_t bytes() const noexcept { return bytes_; }
  /// Returns whether no statement has followed the comment with which pg_dump ends.
  bool complete() const noexcept { return complete_; }

 private:
  static constexpr int kEnd = -1;
  int peek(std::size_t ahead = 0);
  bool sees(std::string_view text);
  char take();
  bool fill();
  void take_into(std::string& text);
  void skip_line_comment();
  void skip_block_comment();
  void take_quoted(std::string& text);
  std::string dollar_tag(const std::string& text);
  void take_dollar_quoted(std::string& text, const std::string& tag);
  void take_word(std::string& text);

  Reader& from_;
  Bytes buffer_;
  std::size_t at_ = 0, end_ = 0;
  bool ended_ = false;
  std::uint64_t line_ = 1, bytes_ = 0;
  bool complete_ = false;

  // Of the current statement.
  std::string first_words_;  // the first letters of its first four words, if they are those of a routine's definition
  int words_ = 0, parentheses_ = 0, bodies_ = 0;
};

}  // namespace holdfast::postgres
