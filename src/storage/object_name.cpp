#include "storage/object_name.hpp"

#include <algorithm>
#include <string>

#include "base/utf8.hpp"
#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMaxName = 1024;
constexpr std::size_t kMaxPart = 255;  // NAME_MAX of every common file system

const char* part_fault(std::string_view part) noexcept {
  if (part.empty()) return "it begins or ends with '/' or has an empty part";
  if (part == "." || part == "..") return "it has a part '.' or '..'";
  if (part.size() > kMaxPart) return "it has a part longer than 255 bytes";
  return nullptr;
}

const char* parts_fault(std::string_view name) noexcept {
  if (name.empty()) return "it is empty";
  if (name.size() > kMaxName) return "it is longer than 1024 bytes";
  bool first = true;
  for (std::string_view rest = name;; first = false) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (const char* fault = part_fault(part)) return fault;
    if (first && part == kTempFolder) return "the folder .tmp is for unfinished objects";
    if (slash == std::string_view::npos) return nullptr;
    rest.remove_prefix(slash + 1);
  }
}

/// Unicode's control characters: C0, DEL, and C1, which UTF-8 writes as C2 80 to C2 9F.
bool has_control(std::string_view utf8) noexcept {
  char before = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (before == '\xc2' && byte < 0xa0)) return true;
    before = c;
  }
  return false;
}

}  // namespace

const char* object_name_fault(std::string_view name) noexcept {
  if (!std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; })) return "it has bytes other than printable ASCII";
  return parts_fault(name);
}

const char* key_prefix_fault(std::string_view prefix) {
  return !is_utf8(prefix) || has_control(prefix) ? "it is not UTF-8 without control characters" : parts_fault(prefix);
}

bool can_begin_a_name(std::string_view prefix) noexcept {
  const std::string_view parts = prefix.substr(0, prefix.rfind('/') + 1);  // the last part may continue
  return parts.empty() || object_name_fault(parts.substr(0, parts.size() - 1)) == nullptr;
}

void check_object_name(std::string_view name) {
  const char* fault = object_name_fault(name);
  if (fault == nullptr) return;
  std::string shown(name.substr(0, 80));
  std::ranges::replace_if(
      shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  throw Error(ErrorCode::invalid_argument, "'" + shown + "' can't name an object: " + fault);
}

Bytes get(Storage& storage, std::string_view name, std::uint64_t limit) {
  const auto reader = storage.open_reader(name);
  try {
    return read_all(*reader, limit);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::limit) throw;
    throw error.with_context(name);
  }
}

}  // namespace holdfast
