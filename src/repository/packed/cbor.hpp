#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "holdfast/bytes.hpp"
#include "repository/document.hpp"  // Fields: checked access to the members of a map

namespace holdfast {

/// A record as CBOR (docs/format-packed.md, "Sealed objects"). Throws Error{invalid_argument} for what decode_cbor would refuse, text that
/// is not UTF-8 above all: found when it is written, not when it is needed.
Bytes encode_cbor(const nlohmann::json& map);

/// The one map that `content` is. Strict, and safe with hostile bytes: everything else is Error{corrupt} naming `object`.
nlohmann::json decode_cbor(ByteView content, const std::string& object);

/// A time as records hold it; Fields::micros reads it.
inline std::int64_t to_micros(TimePoint time) { return time.time_since_epoch().count(); }
/// A byte string as records hold it; Fields::bytes reads it.
nlohmann::json to_binary(ByteView bytes);

}  // namespace holdfast
