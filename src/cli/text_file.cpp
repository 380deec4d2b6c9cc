#include "text_file.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "holdfast/error.hpp"

namespace holdfast::cli {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void cannot_read(const std::string& path, const std::string& what, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "can't read the " + what + " file " + path + ": " + why);
}

}  // namespace

std::string read_text_file(const std::string& path, const std::string& what) {
  std::ifstream file(path, std::ios::binary);
  if (!file) cannot_read(path, what, std::generic_category().message(errno));
  try {
    return {std::istreambuf_iterator<char>(file), {}};
  } catch (const std::ios_base::failure& error) {  // a folder, for example, can be opened
    cannot_read(path, what, error.code().message());
  }
}

std::vector<std::string> read_patterns(const std::string& path) {
  const std::string text = read_text_file(path, "patterns");
  if (text.find('\0') != std::string::npos) cannot_read(path, "patterns", "it has a NUL byte, so it is no text");
  std::istringstream lines(text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text);
  std::vector<std::string> patterns;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t") != std::string::npos && !line.starts_with('#')) patterns.push_back(std::move(line));
  }
  return patterns;
}

}  // namespace holdfast::cli
