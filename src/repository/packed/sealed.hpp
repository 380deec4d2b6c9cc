#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/context.hpp"
#include "repository/packed/key_ring.hpp"

namespace holdfast {

/// The kind of a sealed object; its envelope holds the number.
enum class ObjectClass : std::uint8_t { ring = 1, pack_header, index, backup, removal, session, mark, proof, history };

constexpr std::size_t kEnvelopeSize = 64;

/// Returns the most bytes that the content of an object of this class may have; sealing more throws Error{limit}. Read
/// with `get(storage, name, sealed_size(max_content(…)))`.
std::size_t max_content(ObjectClass object_class);

/// Returns the sealed size of `plain_size` bytes.
std::size_t sealed_size(std::size_t plain_size);

/// Seals `plain` (docs/format-packed.md, "Sealed objects"). `object` is its name, empty for pack headers and index
/// segments. Rings have functions of their own.
Bytes seal_object(const KeyRing& ring, ObjectClass object_class, std::string_view object, ByteView plain, Random& random);

/// Returns the generation of the root key that an object claims; 0 if it is too short for a sealed object.
std::uint32_t sealed_generation(ByteView sealed);

/// Returns the content. Throws Error{corrupt} that names `shown` for an object that is damaged, misplaced, or of
/// another repository or class; Error{unsupported} for an unknown version. Never throws Error{wrong_key}: only key
/// slots do.
Bytes open_object(const KeyRing& ring, ObjectClass object_class, std::string_view object, ByteView sealed, const std::string& shown);

/// The same functions for a key ring, which the master key protects.
Bytes seal_ring(const Secret& master, const std::string& repository_id, std::string_view object, ByteView plain, Random& random);
Bytes open_ring(const Secret& master, const std::string& repository_id, std::string_view object, ByteView sealed, const std::string& shown);

}  // namespace holdfast
