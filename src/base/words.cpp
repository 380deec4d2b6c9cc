#include "base/words.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kOperators = "|&;<>()`\n\r";

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  std::vector<std::string> run() {
    while (at_ < line_.size()) step(line_[at_++]);
    end_word();
    if (words_.empty()) throw Error(ErrorCode::invalid_argument, "the command is empty: give a program and its arguments");
    return std::move(words_);
  }

 private:
  void step(char c) {
    if (kBlank.find(c) != std::string_view::npos) {
      end_word();
    } else if (c == '\'') {
      single_quoted();
    } else if (c == '"') {
      double_quoted();
    } else if (kOperators.find(c) != std::string_view::npos) {
      throw Error(ErrorCode::invalid_argument, "the command has an unquoted " + shown(c) + ", but no shell runs it: quote it, or run " +
                                                   "a shell explicitly, as in sh -c 'a | b'");
    } else {
      add(c == '\\' ? next("backslash at the end") : c);
    }
  }

  void single_quoted() {
    begin_word();
    for (char c = next("open '"); c != '\''; c = next("open '")) add(c);
  }

  void double_quoted() {
    begin_word();
    for (char c = next("open \""); c != '"'; c = next("open \"")) {
      if (c != '\\') {
        add(c);
        continue;
      }
      const char escaped = next("open \"");
      if (std::strchr("\"\\$`", escaped) == nullptr || escaped == '\0') add('\\');
      add(escaped);
    }
  }

  char next(const char* problem) {
    if (at_ == line_.size()) throw Error(ErrorCode::invalid_argument, std::string("the command has an ") + problem);
    return line_[at_++];
  }

  static std::string shown(char c) { return c == '\n' || c == '\r' ? "line break" : std::string(1, c); }
  void begin_word() { in_word_ = true; }
  void add(char c) {
    in_word_ = true;
    word_ += c;
  }
  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  std::string_view line_;
  std::size_t at_ = 0;
  bool in_word_ = false;
  std::string word_;
  std::vector<std::string> words_;
};

bool plain(char c) { return is_ascii_alnum(c) || std::strchr("_-./:=,+@%^", c) != nullptr; }

}  // namespace

std::vector<std::string> split_words(std::string_view line) { return Splitter(line).run(); }

std::string quote_shell(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string quote_words(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) {
      line += word;
      continue;
    }
    line += quote_shell(word);
  }
  return line;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::size_t first = text.find_first_not_of(' '), last = text.substr(0, end).find_last_not_of(' ');
    if (first < end) parts.emplace_back(text.substr(first, last + 1 - first));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace holdfast
