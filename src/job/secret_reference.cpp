#include <algorithm>
#include <cerrno>
#include <fstream>

#include "base/ascii.hpp"
#include "base/system_error.hpp"
#include "holdfast/error.hpp"
#include "holdfast/exec.hpp"
#include "job/opened_job.hpp"

namespace holdfast {

namespace {

bool is_variable(std::string_view name) {
  const auto plain = [](char c) { return is_ascii_alnum(c) || c == '_'; };
  return !name.empty() && !is_ascii_digit(name.front()) && std::ranges::all_of(name, plain);
}

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

constexpr std::size_t kMostSecret = 64U << 10;

Secret content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw system_error("can't open it", errno);
  Secret room{ByteView(Bytes(kMostSecret + 1))};  // wiped, unlike a buffer that grows
  file.read(reinterpret_cast<char*>(room.writable().data()), static_cast<std::streamsize>(room.size()));
  if (file.bad() || (file.fail() && !file.eof())) throw system_error("can't read it", errno);
  const auto size = static_cast<std::size_t>(file.gcount());
  if (size > kMostSecret) throw Error(ErrorCode::limit, "it has more than 64 KiB");
  return Secret(room.bytes().first(size));
}

Secret printed_by(const std::string& line, Context& context) {
  Bytes output;
  const std::unique_ptr<Writer> writer = memory_writer(output);
  exec(split_words(line))(*writer, context);
  Secret secret{ByteView(output)};
  std::ranges::fill(output, std::byte{0});
  return secret;
}

}  // namespace

Secret without_line_ends(const Secret& secret) {
  std::string_view text = as_text(secret.bytes());
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return Secret(text);
}

Secret read_secret_bytes(const SecretReference& reference, const JobHost& host, Context& context) {
  const auto refuse = [](const std::string& why) { throw Error(ErrorCode::invalid_argument, why); };
  if (reference.kind == SecretReference::Kind::environment) {
    const std::optional<std::string> value = host.variable ? host.variable(reference.value) : std::nullopt;
    if (!value || value->empty()) refuse("the secret env:" + reference.value + ": the variable is not set, or empty");
    return Secret(std::string_view(*value));
  }
  const bool file = reference.kind == SecretReference::Kind::file;
  // Not the arguments of a command: one of them may be a secret.
  const std::string name = file ? "file:" + reference.value : "command:" + reference.value.substr(0, reference.value.find(' ')) + " …";
  try {
    Secret secret = file ? content_of(reference.value) : printed_by(reference.value, context);
    if (without_line_ends(secret).empty()) refuse("it is empty");
    return secret;
  } catch (const Error& error) {
    throw error.with_context("the secret " + name);
  }
}

Secret read_secret(const SecretReference& reference, const JobHost& host, Context& context) {
  return without_line_ends(read_secret_bytes(reference, host, context));
}

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
