#pragma once

#include <cstddef>
#include <string_view>

namespace holdfast::postgres {

/// The form of a value in COPY's binary format, for the types that the library converts. Domains and enums have the
/// form of their base.
enum class BinaryForm : char {
  text,  ///< the text itself: text, varchar, bpchar, json, enums
  jsonb,
  boolean,
  int2,
  int4,
  int8,
  oid,
  float4,
  float8,
  numeric,
  uuid,
  bytea,
  date,
  time,
  timestamp,
  timestamptz
};

/// The most bytes by which a value is longer than its text.
inline constexpr std::size_t kBinaryExcess = 16;

/// Writes the binary form of `field`, a value in COPY's text format as PostgreSQL prints it under this driver's
/// settings (UTC, ISO dates, hex bytea), at `at`, and moves `at` to its end. The caller provides room for the text and
/// kBinaryExcess. Returns false if the form is not certain, possibly after writing: then the server must read the text
/// itself.
bool put_binary(BinaryForm form, std::string_view field, std::byte*& at);

}  // namespace holdfast::postgres
