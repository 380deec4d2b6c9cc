#include "driver/postgres/text/sql_scanner.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::size_t kBuffer = 256U << 10;
constexpr std::size_t kLongestStatement = 1U << 30;  // as the server's
constexpr std::string_view kComplete = " PostgreSQL database dump complete";

bool is_word_start(int c) { return c >= 0 && (is_ascii_letter(static_cast<char>(c)) || c == '_' || c >= 0x80); }
bool is_word_letter(int c) { return is_word_start(c) || (c >= 0 && (is_ascii_digit(static_cast<char>(c)) || c == '$')); }

}  // namespace

SqlScanner::SqlScanner(Reader& from) : from_(from), buffer_(kBuffer) {}

bool SqlScanner::fill() {
  if (ended_) return false;
  std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
  end_ -= at_;
  at_ = 0;
  const std::size_t got = from_.read(std::span(buffer_).subspan(end_));
  ended_ = got == 0;
  end_ += got;
  bytes_ += got;
  return got != 0;
}

int SqlScanner::peek(std::size_t ahead) {
  while (at_ + ahead >= end_) {
    if (!fill()) return kEnd;
  }
  return static_cast<unsigned char>(buffer_[at_ + ahead]);
}

bool SqlScanner::sees(std::string_view text) {
  for (std::size_t place = 0; place < text.size(); ++place) {
    if (peek(place) != static_cast<unsigned char>(text[place])) return false;
  }
  return true;
}

// After a peek that was not the end.
char SqlScanner::take() {
  const char c = static_cast<char>(buffer_[at_++]);
  if (c == '\n') ++line_;
  return c;
}

void SqlScanner::take_into(std::string& text) {
  if (text.size() >= kLongestStatement) {
    throw Error(ErrorCode::limit, "line " + std::to_string(line_) + " of the SQL text: a statement is longer than 1 GiB");
  }
  text += take();
}

void SqlScanner::skip_line_comment() {
  std::string begin;
  take(), take();
  while (peek() != kEnd && peek() != '\n') {
    const char c = take();
    if (begin.size() <= kComplete.size() && c != '\r') begin += c;
  }
  if (begin == kComplete) complete_ = true;
}

void SqlScanner::skip_block_comment() {
  int depth = 0;
  while (peek() != kEnd) {
    const bool opens = sees("/*"), closes = !opens && sees("*/");
    take();
    if (!opens && !closes) continue;
    take();
    depth += opens ? 1 : -1;
    if (depth == 0) return;
  }
}

void SqlScanner::take_quoted(std::string& text) {
  const int quote = peek();
  const bool escapes = quote == '\'' && !text.empty() && (text.back() == 'E' || text.back() == 'e') &&
                       (text.size() < 2 || !is_word_letter(static_cast<unsigned char>(text[text.size() - 2])));
  take_into(text);
  while (peek() != kEnd) {
    const bool ends = peek() == quote;  // a doubled quote begins the next one at once, with the same effect
    if (escapes && peek() == '\\') take_into(text);
    if (peek() != kEnd) take_into(text);
    if (ends) return;
  }
}

// Returns the opening of a dollar quote that is next: "$tag$"; empty if none is.
std::string SqlScanner::dollar_tag(const std::string& text) {
  if (!text.empty() && is_word_letter(static_cast<unsigned char>(text.back()))) return {};
  std::string tag = "$";
  for (std::size_t ahead = 1;; ++ahead) {
    const int c = peek(ahead);
    if (c == '$') return tag + "$";
    if (ahead > 64 || !(ahead == 1 ? is_word_start(c) : is_word_letter(c))) return {};
    tag += static_cast<char>(c);
  }
}

void SqlScanner::take_dollar_quoted(std::string& text, const std::string& tag) {
  for (std::size_t count = 0; count < tag.size(); ++count) take_into(text);
  while (peek() != kEnd) {
    const bool ends = peek() == '$' && sees(tag);
    for (std::size_t count = ends ? tag.size() : 1; count > 0; --count) take_into(text);
    if (ends) return;
  }
}

// In CREATE [OR REPLACE] FUNCTION or PROCEDURE, a body between BEGIN and END contains semicolons; so may CASE … END.
void SqlScanner::take_word(std::string& text) {
  const std::size_t begin = text.size();
  while (is_word_letter(peek())) take_into(text);
  std::string word = text.substr(begin);
  std::ranges::transform(word, word.begin(), ascii_lower);
  constexpr std::string_view kOfRoutines[] = {"create", "or", "replace", "function", "procedure"};
  if (words_ < 4) first_words_ += std::ranges::find(kOfRoutines, word) != std::end(kOfRoutines) ? word.front() : '-';
  ++words_;
  const bool is_routine =
      first_words_.starts_with("cf") || first_words_.starts_with("cp") || first_words_ == "corf" || first_words_ == "corp";
  if (!is_routine || parentheses_ > 0) return;
  if (word == "begin" || (word == "case" && bodies_ > 0)) ++bodies_;
  if (word == "end" && bodies_ > 0) --bodies_;
}

SqlScanner::Piece SqlScanner::next() {
  Piece piece{.text = {}, .line = 0};
  first_words_.clear();
  words_ = parentheses_ = bodies_ = 0;
  for (int c = peek(); c != kEnd; c = peek()) {
    const bool blank = piece.text.empty();
    if (c == '-' && peek(1) == '-') {
      skip_line_comment();
    } else if (c == '/' && peek(1) == '*') {
      skip_block_comment();
      if (!blank) piece.text += ' ';
    } else if (blank && (is_ascii_space(static_cast<char>(c)) || c == ';')) {
      take();
    } else if (blank && c == '\\') {
      piece = {.kind = Kind::backslash, .text = {}, .line = line_};
      while (peek() != kEnd && peek() != '\n') take_into(piece.text);
      return piece;
    } else if (c == ';' && parentheses_ == 0 && bodies_ == 0) {
      take();
      break;
    } else {
      if (blank) piece.line = line_;
      const std::string tag = c == '$' ? dollar_tag(piece.text) : std::string();
      if (c == '(') ++parentheses_;
      if (c == ')' && parentheses_ > 0) --parentheses_;
      if (c == '\'' || c == '"') {
        take_quoted(piece.text);
      } else if (!tag.empty()) {
        take_dollar_quoted(piece.text, tag);
      } else if (is_word_start(c)) {
        take_word(piece.text);
      } else {
        take_into(piece.text);
      }
    }
  }
  if (piece.text.empty()) return piece;
  piece.kind = Kind::statement;
  complete_ = false;
  return piece;
}

void SqlScanner::copy_data(const std::function<void(ByteView)>& give) {
  while (peek() != kEnd && take() != '\n') {
  }
  bool at_line_start = true;
  while (peek() != kEnd) {
    if (at_line_start && (sees("\\.\n") || sees("\\.\r\n") || (sees("\\.") && peek(2) == kEnd))) {
      while (peek() != kEnd && take() != '\n') {
      }
      return;
    }
    // All whole lines of the buffer up to one that may be the end, or a part of a long line.
    const std::size_t begin = at_;
    do {
      const void* const newline = std::memchr(buffer_.data() + at_, '\n', end_ - at_);
      at_line_start = newline != nullptr;
      at_ = at_line_start ? static_cast<std::size_t>(static_cast<const std::byte*>(newline) - buffer_.data()) + 1 : end_;
      line_ += at_line_start ? 1 : 0;
    } while (at_line_start && at_ < end_ && static_cast<char>(buffer_[at_]) != '\\');
    give(ByteView(buffer_).subspan(begin, at_ - begin));
  }
  throw Error(ErrorCode::corrupt, "the SQL text ends within the rows of a COPY: it is cut");
}

}  // namespace holdfast::postgres
