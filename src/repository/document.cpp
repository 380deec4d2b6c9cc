#include "repository/document.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "holdfast/bytes.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kTailBegin = ",\n \"sha256\": \"";
constexpr std::string_view kTailEnd = "\"\n}\n";
constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kTailSize = kTailBegin.size() + kHexDigits + kTailEnd.size();
constexpr std::string_view kClosing = "\n}";

[[noreturn]] void damaged(const std::string& object, const std::string& why) { throw Error(ErrorCode::corrupt, object + ": " + why); }

}  // namespace

void check_utf8(std::string_view text, std::string_view what) {
  if (!is_utf8(text)) throw Error(ErrorCode::invalid_argument, std::string(what) + " is not UTF-8 text");
}

std::string seal_document(JsonWriter members) {
  std::string text = std::move(members).text();
  const std::string digest = sha256_hex(as_bytes(text));
  text += kTailBegin;
  text += digest;
  text += kTailEnd;
  return text;
}

void write_notes(JsonWriter& out, const Notes& notes) {
  out.begin_object();
  for (const auto& [name, text] : notes) out.member(name, text);
  out.end_object();
}

JsonTree open_document(std::string_view text, const std::string& object) {
  if (text.size() < kTailSize) damaged(object, "is damaged: cut short");
  const std::string_view body = text.substr(0, text.size() - kTailSize);
  const std::string_view tail = text.substr(body.size());
  if (tail.substr(0, kTailBegin.size()) != kTailBegin || tail.substr(tail.size() - kTailEnd.size()) != kTailEnd) {
    damaged(object, "is damaged: it does not end as a document must");
  }
  if (tail.substr(kTailBegin.size(), kHexDigits) != sha256_hex(as_bytes(body))) damaged(object, "is damaged: its SHA-256 does not match");
  std::string whole(body);
  whole += kClosing;
  JsonTree members = parse_json(whole, object);
  if (!members->is_object()) damaged(object, "is not a JSON object");
  return members;
}

Fields::Fields(const nlohmann::json& members, const std::string& object) : members_(members), object_(object) {
  if (!members_.is_object()) fail("a list holds something else than objects");
}

void Fields::fail(const std::string& why) const { damaged(object_, why); }

const nlohmann::json& Fields::member(const char* key) const {
  const auto found = members_.find(key);
  if (found == members_.end()) fail(std::string("has no member '") + key + "'");
  return *found;
}

const std::string& Fields::text(const char* key) const {
  const nlohmann::json& value = member(key);
  if (!value.is_string()) fail(std::string("member '") + key + "' is not a text");
  return value.get_ref<const std::string&>();
}

std::uint64_t Fields::number(const char* key) const {
  const nlohmann::json& value = member(key);
  if (!value.is_number_unsigned()) fail(std::string("member '") + key + "' is not a whole number");
  return value.get<std::uint64_t>();
}

TimePoint Fields::time(const char* key) const {
  const std::string& value = text(key);
  try {
    const TimePoint time = parse_time(value);
    if (format_time_micros(time) == value) return time;
  } catch (const Error&) {
  }
  fail(std::string("member '") + key + "' is not a time");
}

Notes Fields::notes(const char* key) const {
  Notes notes;
  for (const auto& [name, text] : map(key).items()) {
    if (!text.is_string()) fail(std::string("member '") + key + "' holds something else than texts");
    notes.emplace(name, text.get_ref<const std::string&>());
  }
  return notes;
}

Counts Fields::counts(const char* key) const {
  Counts counts;
  for (const auto& [name, number] : map(key).items()) {
    if (!number.is_number_unsigned()) fail(std::string("member '") + key + "' holds something else than whole numbers");
    counts[name] = number.get<std::uint64_t>();
  }
  return counts;
}

const nlohmann::json& Fields::array(const char* key) const {
  const nlohmann::json& value = member(key);
  if (!value.is_array()) fail(std::string("member '") + key + "' is not a list");
  return value;
}

const nlohmann::json& Fields::map(const char* key) const {
  const nlohmann::json& value = member(key);
  if (!value.is_object()) fail(std::string("member '") + key + "' is not an object");
  return value;
}

const std::string& Fields::hex(const char* key, std::size_t digits) const {
  const std::string& value = text(key);
  if (value.size() != digits || value.find_first_not_of("0123456789abcdef") != std::string::npos) {
    fail(std::string("member '") + key + "' is not " + std::to_string(digits) + " hex digits");
  }
  return value;
}

}  // namespace holdfast
