#include <algorithm>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"
#include "holdfast/job.hpp"

namespace holdfast {

namespace {

bool is_variable(std::string_view name) {
  const auto plain = [](char c) { return is_ascii_alnum(c) || c == '_'; };
  return !name.empty() && !is_ascii_digit(name.front()) && std::ranges::all_of(name, plain);
}

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

SecretReference parse_secret_reference(const std::string& text) {
  using Kind = SecretReference::Kind;
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon), value = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (kind == "env" && is_variable(value)) return {Kind::environment, value};
  if (kind == "file" && value.size() > 1 && value.front() == '/' && is_one_line(value)) return {Kind::file, value};
  if (kind == "command" && value.find_first_not_of(' ') != std::string::npos && is_one_line(value)) return {Kind::command, value};
  throw Error(ErrorCode::invalid_argument, "a secret is never in the file itself; write env:NAME, file:/PATH or command:WORDS");
}

}  // namespace holdfast
