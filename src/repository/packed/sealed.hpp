#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/context.hpp"
#include "repository/packed/key_ring.hpp"

namespace holdfast {

/// What a sealed object is; the number stands in its envelope.
enum class ObjectClass : std::uint8_t { ring = 1, pack_header, index, backup, removal, session, mark, proof };

constexpr std::size_t kEnvelopeSize = 64;

/// How many bytes the content of an object of this class may have: sealing more throws Error{limit}. Read with
/// `get(storage, name, sealed_size(max_content(…)))`.
std::size_t max_content(ObjectClass object_class);

/// How many bytes `plain_size` bytes have when sealed.
std::size_t sealed_size(std::size_t plain_size);

/// Seals `plain` (docs/format-packed.md, "Sealed objects"). `object` is its name, empty for pack headers and index segments.
/// Rings have functions of their own.
Bytes seal_object(const KeyRing& ring, ObjectClass object_class, std::string_view object, ByteView plain, Random& random);

/// The generation of the root key that an object says it was sealed under; 0 if it is too short to be one.
std::uint32_t sealed_generation(ByteView sealed);

/// The content. Throws Error{corrupt} naming `shown` for whatever is damaged, misplaced, of another repository or class; Error{unsupported}
/// for a version that is not known; Error{wrong_key} never: that is the slots' matter.
Bytes open_object(const KeyRing& ring, ObjectClass object_class, std::string_view object, ByteView sealed, const std::string& shown);

/// The same for a key ring, which the master key protects.
Bytes seal_ring(const Secret& master, const std::string& repository_id, std::string_view object, ByteView plain, Random& random);
Bytes open_ring(const Secret& master, const std::string& repository_id, std::string_view object, ByteView sealed, const std::string& shown);

}  // namespace holdfast
