#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "repository/packed/cbor.hpp"

// CBOR by an independent implementation, the JSON library: for input that our writer never writes, and to compare
// results.
namespace holdfast::test {

inline nlohmann::json to_binary(ByteView bytes) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return nlohmann::json::binary(std::vector<std::uint8_t>(first, first + bytes.size()));
}

inline Bytes encode_cbor(const nlohmann::json& value) {
  const std::vector<std::uint8_t> encoded = nlohmann::json::to_cbor(value);
  const ByteView bytes = std::as_bytes(std::span(encoded));
  return {bytes.begin(), bytes.end()};
}

inline nlohmann::json decode_cbor(ByteView content) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(content.data());
  return nlohmann::json::from_cbor(first, first + content.size());
}

/// Writes a value with the writer under test. A value of a kind without a call becomes `true`.
inline void write(const nlohmann::json& value, CborWriter& out) {
  if (value.is_object()) {
    out.map(value.size());
    for (const auto& [name, member] : value.items()) write(member, out.key(name));
  } else if (value.is_array()) {
    out.list(value.size());
    for (const auto& item : value) write(item, out);
  } else if (value.is_number_unsigned()) {
    out.number(value.get<std::uint64_t>());
  } else if (value.is_number_integer()) {
    out.integer(value.get<std::int64_t>());
  } else if (value.is_string()) {
    out.text(value.get_ref<const std::string&>());
  } else if (value.is_binary()) {
    out.bytes(std::as_bytes(std::span<const std::uint8_t>(value.get_binary())));
  } else {
    out.flag(!value.is_boolean() || value.get<bool>());
  }
}

inline Bytes written(const nlohmann::json& value) {
  CborWriter out;
  write(value, out);
  return std::move(out).finish();
}

inline bool agree(const CborMap& map, const nlohmann::json& value);

/// Returns whether an item equals this value, for the kinds that records use.
inline bool agree(const CborItem& item, const nlohmann::json& value) {
  if (value.is_object()) return agree(item.map(), value);
  if (value.is_number_unsigned()) return item.number() == value.get<std::uint64_t>();
  if (value.is_string()) return item.text() == value.get_ref<const std::string&>();
  if (value.is_binary()) return to_binary(item.bytes()) == value;
  if (!value.is_array()) return true;
  CborList list = item.list();
  if (list.left() != value.size()) return false;
  for (const auto& one : value) {
    if (!agree(list.next(), one)) return false;
  }
  return list.left() == 0;
}

inline bool agree(const CborMap& map, const nlohmann::json& value) {
  if (!value.is_object() || map.members().size() != value.size()) return false;
  for (const auto& [name, member] : value.items()) {
    if (!map.has(name) || !agree(map.at(name), member)) return false;
  }
  return true;
}

}  // namespace holdfast::test
