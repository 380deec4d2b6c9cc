#pragma once

#include <cstddef>
#include <string_view>

namespace holdfast::postgres {

/// How a value stands in COPY's binary format, for the types whose text is turned into it here. Domains and enums go as what they are
/// made of.
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

/// The most bytes that a value takes beyond those of its text.
inline constexpr std::size_t kBinaryExcess = 16;

/// Writes the binary form of `field`, a value in COPY's text format as PostgreSQL prints it under this driver's settings (UTC, ISO dates,
/// hex bytea), at `at`, and moves `at` behind it; there is room for the text and kBinaryExcess. False where the form is not certain,
/// whatever was written: then the server reads the text itself.
bool put_binary(BinaryForm form, std::string_view field, std::byte*& at);

}  // namespace holdfast::postgres
