#include "driver/postgres/client/statements.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace holdfast::postgres {

namespace {

bool is_word_letter(char c) { return is_ascii_alnum(c) || c == '_' || (c & 0x80) != 0; }

// Each of these returns the end of the piece that starts at `at`.

std::size_t end_of_quote(std::string_view sql, std::size_t at) {
  const char quote = sql[at];
  const bool escapes = quote == '\'' && at > 0 && (sql[at - 1] == 'E' || sql[at - 1] == 'e') && (at < 2 || !is_word_letter(sql[at - 2]));
  for (++at; at < sql.size(); ++at) {
    if (escapes && sql[at] == '\\') {
      ++at;
    } else if (sql[at] == quote) {
      return at + 1;  // a doubled quote starts the next run at once, with the same effect
    }
  }
  return sql.size();
}

std::size_t end_of_block_comment(std::string_view sql, std::size_t at) {
  int depth = 0;
  for (; at + 1 < sql.size(); ++at) {
    const std::string_view two = sql.substr(at, 2);
    if (two == "/*")
      ++depth, ++at;
    else if (two == "*/" && (++at, --depth == 0))
      return at + 1;
  }
  return sql.size();
}

// Returns `at` itself if no dollar quote starts there.
std::size_t end_of_dollar_quote(std::string_view sql, std::size_t at) {
  if (at > 0 && is_word_letter(sql[at - 1])) return at;
  std::size_t close = at + 1;
  while (close < sql.size() && is_word_letter(sql[close])) ++close;
  if (close >= sql.size() || sql[close] != '$' || is_ascii_digit(sql[at + 1])) return at;
  const std::string_view tag = sql.substr(at, close + 1 - at);
  const std::size_t end = sql.find(tag, close + 1);
  return end == std::string_view::npos ? sql.size() : end + tag.size();
}

// Returns the end of the quote, dollar quote or comment that starts at `at`; `at` itself if none does.
std::size_t end_of_quoted(std::string_view sql, std::size_t at) {
  const std::string_view two = sql.substr(at, 2);
  if (two == "--") return std::min(sql.find('\n', at), sql.size());
  if (two == "/*") return end_of_block_comment(sql, at);
  if (sql[at] == '\'' || sql[at] == '"') return end_of_quote(sql, at);
  return sql[at] == '$' ? end_of_dollar_quote(sql, at) : at;
}

}  // namespace

std::string bare_text(std::string_view sql) {
  std::string bare;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = end_of_quoted(sql, at);
    bare += end == at ? sql[at] : ' ';
    at = std::max(end, at + 1);
  }
  return bare;
}

std::string masked_text(std::string_view sql) {
  std::string masked;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = end_of_quoted(sql, at);
    if (end == at)
      masked += sql[at];
    else
      masked.append(end - at, ' ');
    at = std::max(end, at + 1);
  }
  return masked;
}

std::vector<std::string> split_statements(std::string_view sql) {
  std::vector<std::string> statements;
  std::string current;
  const auto at_start = [&] { return std::ranges::all_of(current, is_ascii_space); };
  const auto finish = [&] {
    if (!at_start()) {
      current.erase(0, current.find_first_not_of(" \n\t\r\f"));
      current.erase(current.find_last_not_of(" \n\t\r\f") + 1);
      statements.push_back(current);
    }
    current.clear();
  };
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    const std::string_view two = sql.substr(at, 2);
    std::size_t end = at + 1;
    if (two == "--" || (c == '\\' && at_start())) {
      at = std::min(sql.find('\n', at), sql.size());
      continue;
    }
    if (two == "/*") {
      at = end_of_block_comment(sql, at);
      current += ' ';
      continue;
    }
    if (c == ';') {
      finish();
      ++at;
      continue;
    }
    if (c == '\'' || c == '"') end = end_of_quote(sql, at);
    if (c == '$') end = std::max(end, end_of_dollar_quote(sql, at));
    current += sql.substr(at, end - at);
    at = end;
  }
  finish();
  return statements;
}

std::size_t find_outside(std::string_view plain, std::string_view word, std::size_t from) {
  int depth = 0;
  for (std::size_t at = from; at < plain.size(); ++at) {
    if (depth == 0 && plain.substr(at).starts_with(word)) return at;
    if (plain[at] == '(') ++depth;
    if (plain[at] == ')' && --depth < 0) break;
  }
  return plain.size();
}

TableBody table_body(std::string_view definition) {
  constexpr std::string_view kBegin = "(\n    ", kBetween = ",\n    ";
  const std::string plain = masked_text(definition);
  TableBody body;
  const std::size_t begin = plain.find(kBegin);
  if (begin == std::string::npos) return body;
  body.begin = begin + 1;
  std::size_t at = begin + kBegin.size();
  body.end = find_outside(plain, "\n)", at);
  while (at < body.end) {
    const std::size_t end = std::min(find_outside(plain, kBetween, at), body.end);
    body.elements.push_back(definition.substr(at, end - at));
    at = end + kBetween.size();
  }
  return body;
}

}  // namespace holdfast::postgres
