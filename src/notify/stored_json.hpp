#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_tree.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

/// Version of both documents of an outbox.
inline constexpr std::uint64_t kOutboxVersion = 1;

/// Returns a member that is a whole number. Throws Error{invalid_argument}, or the JSON library's exception.
inline std::uint64_t whole_number(const nlohmann::json& object, const char* key) {
  const nlohmann::json& value = object.at(key);
  if (!value.is_number_unsigned()) throw Error(ErrorCode::invalid_argument, std::string(key) + " is not a whole number");
  return value.get<std::uint64_t>();
}

/// Returns `read(json)` of a stored document. Throws Error{corrupt}, "OBJECT is not WHAT", and Error{unsupported} for
/// one of a later version.
template <typename Read>
auto read_outbox_json(std::string_view text, const std::string& object, const char* what, const Read& read) {
  const JsonTree json = parse_json(text, object);
  const auto corrupt = [&] { return Error(ErrorCode::corrupt, object + " is not " + what); };
  try {
    if (whole_number(*json, "version") > kOutboxVersion)
      throw Error(ErrorCode::unsupported, object + " was written by a later version of Holdfast: update this one");
    return read(*json);
  } catch (const nlohmann::json::exception&) {
    throw corrupt();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    throw corrupt();
  }
}

}  // namespace holdfast
