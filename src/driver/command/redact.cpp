#include "driver/command/redact.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/ascii.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kStars = "***";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool name_char(char c) { return is_ascii_alnum(c) || c == '_' || c == '-'; }

bool names_a_secret(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames{"password", "passwd", "passphrase", "secret", "token"};
  const std::string text = lower(name);
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view key) { return text.find(key) != std::string::npos; });
}

class WordRedactor {
 public:
  WordRedactor(std::string word, std::vector<std::string>& secrets) : word_(std::move(word)), secrets_(secrets) {}

  std::string run() {
    user_passwords();
    assignments();
    return std::move(word_);
  }

 private:
  // scheme://user:password@host
  void user_passwords() {
    for (std::size_t at = word_.find("://"); at != std::string::npos; at = word_.find("://", at + 3)) {
      const std::size_t begin = at + 3;
      const std::string_view authority = std::string_view(word_).substr(begin, word_.find_first_of("/?# \t\n'\"", begin) - begin);
      const std::size_t colon = authority.find(':');
      const std::size_t sign = authority.rfind('@');
      if (sign != std::string_view::npos && colon < sign) take(begin + colon + 1, begin + sign);
    }
  }

  // name=value; the value may be quoted, as in libpq's "host=a password='b c'" and in a shell's PGPASSWORD="b c"
  void assignments() {
    for (std::size_t at = word_.find('='); at != std::string::npos; at = word_.find('=', at + 1)) {
      std::size_t begin = at;
      while (begin > 0 && name_char(word_[begin - 1])) --begin;
      if (names_a_secret(std::string_view(word_).substr(begin, at - begin))) take(at + 1, value_end(at + 1));
    }
  }

  std::size_t value_end(std::size_t at) const {
    char quote = '\0';
    for (; at < word_.size(); ++at) {
      const char c = word_[at];
      if (c == '\\' && quote != '\'') {
        ++at;
      } else if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (std::string_view(" \t\n&;").find(c) != std::string_view::npos) {
        break;
      }
    }
    return std::min(at, word_.size());
  }

  void take(std::size_t begin, std::size_t end) {
    std::string value = word_.substr(begin, end - begin);
    if (value.empty() || value == kStars) return;
    if (value.size() > 2 && (value.front() == '\'' || value.front() == '"') && value.front() == value.back()) {
      secrets_.push_back(value.substr(1, value.size() - 2));
    }
    secrets_.push_back(std::move(value));
    word_.replace(begin, end - begin, kStars);
  }

  std::string word_;
  std::vector<std::string>& secrets_;
};

}  // namespace

Redacted redact_words(const std::vector<std::string>& words) {
  Redacted result;
  const std::string program = words.empty() ? "" : std::filesystem::path(words.front()).filename().string();
  const bool mysql = program.starts_with("mysql") || program.starts_with("mariadb");
  bool is_value = false;
  for (const std::string& word : words) {
    if (is_value && !word.starts_with('-')) {
      result.secrets.push_back(word);
      result.words.emplace_back(kStars);
    } else if (mysql && word.size() > 2 && word.starts_with("-p")) {
      result.secrets.push_back(word.substr(2));
      result.words.push_back("-p" + std::string(kStars));
    } else {
      result.words.push_back(WordRedactor(word, result.secrets).run());
    }
    is_value = word.starts_with("--") && names_a_secret(word) && word.find('=') == std::string::npos;
  }
  return result;
}

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
  std::vector<std::string> longest_first = secrets;
  std::sort(longest_first.begin(), longest_first.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const std::string& secret : longest_first) {
    for (std::size_t at = text.find(secret); !secret.empty() && at != std::string::npos; at = text.find(secret, at + kStars.size())) {
      text.replace(at, secret.size(), kStars);
    }
  }
  return text;
}

}  // namespace holdfast
