#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/storage.hpp"
#include "repository/format.hpp"
#include "repository/keys.hpp"
#include "repository/packed/chunker.hpp"
#include "repository/packed/key_ring.hpp"
#include "repository/packed/sealed.hpp"

namespace holdfast {

/// The state that all parts of a packed repository share: the storage, the contents of `format`, and the keys.
/// Immutable; safe from any thread.
class PackedPlace {
 public:
  /// Puts the key slot, the ring and `format`. Throws Error{already_exists} if there is a repository, or objects that
  /// look like the remains of one.
  static std::shared_ptr<const PackedPlace> create(std::shared_ptr<Storage> storage, const std::optional<Key>& key, Context& context,
                                                   ScryptCost cost = {});
  /// `format` was read before. Throws Error{wrong_key}, {corrupt}, and {invalid_argument} for a key that is not needed.
  static std::shared_ptr<const PackedPlace> open(std::shared_ptr<Storage> storage, const StoredFormat& format,
                                                 const std::optional<Key>& key);

  Storage& storage() const noexcept { return *storage_; }
  const RepositoryInfo& info() const noexcept { return info_; }
  /// The ring that seals new objects, as of the opening of the repository.
  const KeyRing& ring() const noexcept { return *ring_; }
  /// Returns a ring for reading objects of a generation. If somebody has rotated the keys since, this is the ring that
  /// is stored now.
  const KeyRing& ring_for(std::uint32_t generation) const;
  /// Returns whether this may be a genuine object although it does not open: it claims a key that no ring that opens
  /// has.
  bool lacks_key_of(ByteView stored) const;
  /// Rings that did not open when the repository was opened, and the reasons.
  const std::vector<std::pair<std::string, Error>>& unread_rings() const noexcept { return unread_rings_; }
  const Secret& master() const noexcept { return master_; }
  /// Returns the key that seals audit records; none in an unencrypted repository, where everybody has the master key.
  std::optional<Secret> audit_key() const;
  const std::shared_ptr<const GearTable>& gear() const noexcept { return gear_; }

  /// Seals a record's content under its name.
  Bytes seal(ObjectClass object_class, const std::string& object, ByteView content, Random& random) const;
  /// Returns the content. Throws Error{corrupt} that names `object`.
  Bytes unseal(ObjectClass object_class, const std::string& object, ByteView stored) const;
  Bytes read(ObjectClass object_class, const std::string& object, std::uint64_t limit) const;

 private:
  PackedPlace(std::shared_ptr<Storage> storage, RepositoryInfo info) : storage_(std::move(storage)), info_(std::move(info)) {}

  std::shared_ptr<Storage> storage_;
  RepositoryInfo info_;
  Secret master_;
  std::optional<KeyRing> ring_;
  std::shared_ptr<const GearTable> gear_;
  std::vector<std::pair<std::string, Error>> unread_rings_;

  mutable std::mutex mutex_;
  mutable std::list<KeyRing> later_rings_;  // every returned ring stays
};

}  // namespace holdfast
