#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"
#include "holdfast/context.hpp"
#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

constexpr std::string_view kRingPrefix = "keys/ring-";
/// Returns the name of a repository's ring of one generation. Only one ring can have it: of two concurrent rotations,
/// one finds the name taken.
std::string ring_name(const std::string& repository_id, std::uint32_t generation);

/// One generation of the keys that protect data.
struct RootKey {
  std::uint32_t generation = 0;  ///< from 1
  Secret key;                    ///< 32 bytes
  TimePoint created{};
};

/// The keys of a packed repository, opened with the master key. Immutable; safe from any thread.
class KeyRing {
 public:
  /// Makes a new ring with one root.
  static KeyRing make(const std::string& repository_id, Bytes format_sha256, TimePoint now, Random& random);
  /// Returns this ring with another root of a later generation, which is used from now on.
  KeyRing with_new_root(std::uint32_t generation, TimePoint now, Random& random) const;
  /// Adds the roots of another ring of the repository that this one, the newest, lacks.
  void add_roots_of(const KeyRing& other);
  bool has(std::uint32_t generation) const;

  /// Convert to and from the content of the ring object. decode throws Error{corrupt} that names `object`.
  Bytes encode() const;
  static KeyRing decode(ByteView content, const std::string& repository_id, const std::string& object);

  const std::string& repository_id() const noexcept { return repository_id_; }  ///< 32 hex digits
  const Bytes& format_sha256() const noexcept { return format_sha256_; }
  std::uint32_t generation() const noexcept { return roots_.back().generation; }  ///< the one for new objects
  const std::vector<RootKey>& roots() const noexcept { return roots_; }           ///< by generation

  const Secret& id_key() const noexcept { return id_key_; }
  const Secret& chunker_key() const noexcept { return chunker_key_; }
  /// Returns the class key of one generation: "pack", "index" … Throws Error{corrupt} if the ring lacks the generation.
  Secret class_key(std::uint32_t generation, std::string_view class_name) const;

 private:
  KeyRing() = default;
  std::string repository_id_;
  Bytes format_sha256_;
  Secret id_key_, chunker_key_;
  std::vector<RootKey> roots_;
};

/// Returns the master key of a repository without encryption: everybody can compute it.
Secret open_master(const std::string& repository_id);

/// CK: derives the key that seals the objects of one class from a root key or the master key.
Secret derive_class_key(const Secret& root, const std::string& repository_id, std::string_view class_name);

/// Seals the ring with the master key, puts it, reads it back and opens it. Returns the object's name. Throws
/// Error{conflict} if another ring of this generation exists, Error{already_exists} if an object of that name exists
/// that does not open.
std::string put_ring(Storage& storage, const KeyRing& ring, const Secret& master, Random& random);
/// Returns the names of the repository's rings, oldest first.
std::vector<std::string> list_rings(Storage& storage, const std::string& repository_id);
/// Opens a ring. Throws Error{corrupt} that names it. Accepts that it is missing.
void check_ring(Storage& storage, const std::string& name, const Secret& master, const std::string& repository_id, ByteView format_sha256);
using TellRing = std::function<void(const std::string& object, const Error& error)>;
/// Returns the ring of the highest generation that opens, with the roots of all others that open. Throws Error{corrupt}
/// if none opens, or if they belong to another `format`. Reports each ring that does not open to `unreadable`: it may
/// hold keys that newer objects need.
KeyRing read_ring(Storage& storage, const Secret& master, const std::string& repository_id, ByteView format_sha256,
                  const TellRing& unreadable = {});
/// Rotates the data key: puts a ring with a new root, then removes the older rings. Safe to repeat after a crash at any
/// point. `ring` is the newest one, as read_ring returned it. Throws Error{conflict} if somebody else has rotated
/// since: read the ring again.
KeyRing rotate_data_key(Storage& storage, const KeyRing& ring, const Secret& master, TimePoint now, Random& random);

}  // namespace holdfast
