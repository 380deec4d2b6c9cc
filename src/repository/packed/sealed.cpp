#include "repository/packed/sealed.hpp"

#include <algorithm>
#include <array>

#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "holdfast/io.hpp"
#include "holdfast/transform.hpp"
#include "repository/packed/hedged.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kSealedMagic = "HFSO";
constexpr std::byte kVersion{1};
constexpr std::byte kLog2Segment{20};
// Offsets of the fields of an envelope, and of the salt after it.
constexpr std::size_t kAtVersion = 4, kAtClass = 5, kAtSegment = 6, kAtZero = 7, kAtGeneration = 8, kAtZeros = 12, kAtRepository = 16,
                      kAtCommitment = 32, kAtSalt = kEnvelopeSize + 1;
constexpr std::size_t kRepositorySize = 16, kSealSaltSize = 32;
// Sizes of the stream (docs/format.md, "Entries and transforms").
constexpr std::size_t kSegment = 1U << 20, kStreamHeader = 40, kTag = 16;

struct ClassTraits {
  std::string_view name;
  std::size_t max_content;
};

const ClassTraits& traits_of(ObjectClass object_class) {
  static constexpr std::size_t kKiB = 1U << 10, kMiB = 1U << 20;
  static constexpr std::array<ClassTraits, 9> kTraits{{
      {"ring", 64 * kKiB},
      {"pack-header", 16 * kMiB},
      {"index", 33 * kMiB},  // 32 MiB, and what zstd adds to incompressible data
      {"backup", 4 * kMiB},
      {"removal", 64 * kKiB},
      {"session", kMiB},
      {"mark", 64 * kMiB},
      {"proof", kMiB},
      {"history", 16 * kMiB},
  }};
  return kTraits[static_cast<std::size_t>(object_class) - 1];
}

// Kind, repository and name of an object; its bytes are bound to all of them.
struct Place {
  ObjectClass object_class;
  const std::string& repository_id;
  std::string_view object;
};

std::array<std::byte, kAtCommitment> envelope_begin(const Place& place, std::uint32_t generation) {
  std::array<std::byte, kAtCommitment> begin{};
  std::copy_n(as_bytes(kSealedMagic).begin(), kSealedMagic.size(), begin.begin());
  begin[kAtVersion] = kVersion;
  begin[kAtClass] = static_cast<std::byte>(place.object_class);
  begin[kAtSegment] = kLog2Segment;
  for (std::size_t i = 0; i < 4; ++i) begin[kAtGeneration + i] = static_cast<std::byte>(generation >> (24 - 8 * i));
  const Bytes id = from_hex(place.repository_id);
  std::copy_n(id.begin(), kRepositorySize, begin.begin() + kAtRepository);
  return begin;
}

std::string associated_data(ByteView begin, std::string_view object) { return std::string(as_text(begin)).append(object); }

Secret commitment(const Secret& class_key, ByteView salt, std::string_view aad) {
  const Bytes digest = sha256(as_bytes(aad));
  return hkdf_sha256(class_key.bytes(), salt, std::string("commit/v1").append(as_text(digest)), 32);
}

Bytes seal(const Secret& class_key, const Place& place, std::uint32_t generation, ByteView plain, Random& random) {
  if (plain.size() > max_content(place.object_class)) {
    throw Error(ErrorCode::limit, std::string(place.object.empty() ? traits_of(place.object_class).name : place.object) + ": has " +
                                      std::to_string(plain.size()) + " bytes; the format allows " +
                                      std::to_string(max_content(place.object_class)));
  }
  const auto begin = envelope_begin(place, generation);
  const std::string aad = associated_data(begin, place.object);
  Bytes sealed;
  sealed.reserve(sealed_size(plain.size()));
  sealed.assign(begin.begin(), begin.end());
  sealed.resize(kEnvelopeSize);
  HedgedRandom hedged(class_key, plain, random);
  const auto stream = aes256gcm(class_key, aad, hedged)->encode(memory_writer(sealed));
  stream->write(plain);
  stream->commit();
  const Secret committed = commitment(class_key, ByteView(sealed).subspan(kAtSalt, kSealSaltSize), aad);
  std::copy_n(committed.bytes().begin(), committed.size(), sealed.begin() + kAtCommitment);
  return sealed;
}

[[noreturn]] void bad_seal(const std::string& shown, const char* why) { throw Error(ErrorCode::corrupt, shown + ": " + why); }

// Checks the fields of the envelope that need no key. Returns the generation of its key.
std::uint32_t check_envelope(ByteView sealed, const Place& place, const std::string& shown) {
  if (sealed.size() < sealed_size(0)) bad_seal(shown, "is damaged: cut short");
  if (as_text(sealed.first(kSealedMagic.size())) != kSealedMagic) bad_seal(shown, "is damaged: not a sealed object");
  if (sealed[kAtVersion] != kVersion) {
    throw Error(ErrorCode::unsupported, shown + ": is a sealed object of version " +
                                            std::to_string(std::to_integer<int>(sealed[kAtVersion])) +
                                            "; this holdfast knows version 1: use a newer one");
  }
  if (sealed.size() > sealed_size(max_content(place.object_class))) bad_seal(shown, "is larger than the format allows");
  if (sealed[kAtClass] != static_cast<std::byte>(place.object_class)) bad_seal(shown, "is damaged, or an object of another kind");
  const std::uint32_t generation = sealed_generation(sealed);
  const auto expected = envelope_begin(place, generation);
  const ByteView repository = sealed.subspan(kAtRepository, kRepositorySize);
  if (!std::equal(repository.begin(), repository.end(), expected.begin() + kAtRepository)) {
    bad_seal(shown, "is damaged, or an object of another repository");
  }
  if (!std::equal(expected.begin(), expected.end(), sealed.begin())) bad_seal(shown, "is damaged: its envelope is malformed");
  return generation;
}

// Decrypts nothing before the commitment is checked: it proves that these bytes open to nothing else under another key.
Bytes open(const Secret& class_key, const Place& place, ByteView sealed, const std::string& shown) {
  const std::string aad = associated_data(sealed.first(kAtCommitment), place.object);
  const Secret committed = commitment(class_key, sealed.subspan(kAtSalt, kSealSaltSize), aad);
  if (!constant_time_equal(committed.bytes(), sealed.subspan(kAtCommitment, committed.size()))) {
    bad_seal(shown, "is damaged, or was sealed under another name or key");
  }
  try {
    return read_all(*aes256gcm(class_key, aad)->decode(memory_reader(sealed.subspan(kEnvelopeSize))), max_content(place.object_class));
  } catch (const Error& error) {
    throw error.with_context(shown);
  }
}

}  // namespace

std::size_t max_content(ObjectClass object_class) { return traits_of(object_class).max_content; }

std::size_t sealed_size(std::size_t plain_size) {
  // The first segment includes the stream's header, and each segment ends with a tag.
  constexpr std::size_t kRoom = kSegment - kTag;
  const std::size_t segments = std::max<std::size_t>(1, (plain_size + kStreamHeader + kRoom - 1) / kRoom);
  return kEnvelopeSize + kStreamHeader + plain_size + segments * kTag;
}

std::uint32_t sealed_generation(ByteView sealed) {
  return sealed.size() < kEnvelopeSize ? 0 : number_in<std::uint32_t>(sealed.subspan(kAtGeneration));
}

Bytes seal_object(const KeyRing& ring, ObjectClass object_class, std::string_view object, ByteView plain, Random& random) {
  const Secret key = ring.class_key(ring.generation(), traits_of(object_class).name);
  return seal(key, {object_class, ring.repository_id(), object}, ring.generation(), plain, random);
}

Bytes open_object(const KeyRing& ring, ObjectClass object_class, std::string_view object, ByteView sealed, const std::string& shown) {
  const Place place{object_class, ring.repository_id(), object};
  const std::uint32_t generation = check_envelope(sealed, place, shown);
  const auto key = [&] {
    try {
      return ring.class_key(generation, traits_of(object_class).name);
    } catch (const Error& error) {
      throw error.with_context(shown);
    }
  };
  return open(key(), place, sealed, shown);
}

Bytes seal_ring(const Secret& master, const std::string& repository_id, std::string_view object, ByteView plain, Random& random) {
  const Secret key = derive_class_key(master, repository_id, traits_of(ObjectClass::ring).name);
  return seal(key, {ObjectClass::ring, repository_id, object}, 0, plain, random);
}

Bytes open_ring(const Secret& master, const std::string& repository_id, std::string_view object, ByteView sealed,
                const std::string& shown) {
  const Place place{ObjectClass::ring, repository_id, object};
  if (check_envelope(sealed, place, shown) != 0) bad_seal(shown, "is damaged: a key ring of no master key");
  return open(derive_class_key(master, repository_id, traits_of(ObjectClass::ring).name), place, sealed, shown);
}

}  // namespace holdfast
