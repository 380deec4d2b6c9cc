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

/// What all parts of a packed repository share: the storage, what `format` says, and the keys. Immutable; safe from any thread.
class PackedPlace {
 public:
  /// Puts the key slot, the ring and `format`. Throws Error{already_exists} if there is a repository, or what looks like the rest of one.
  static std::shared_ptr<const PackedPlace> create(std::shared_ptr<Storage> storage, const std::optional<Key>& key, Context& context,
                                                   ScryptCost cost = {});
  /// `format` as it was read. Throws Error{wrong_key}, {corrupt}, and {invalid_argument} for a key that is not needed.
  static std::shared_ptr<const PackedPlace> open(std::shared_ptr<Storage> storage, const StoredFormat& format,
                                                 const std::optional<Key>& key);

  Storage& storage() const noexcept { return *storage_; }
  const RepositoryInfo& info() const noexcept { return info_; }
  /// What is written is sealed with this one, as it was when the repository was opened.
  const KeyRing& ring() const noexcept { return *ring_; }
  /// A ring for reading what was sealed under a generation: where somebody rotated the keys since, the one that is stored now.
  const KeyRing& ring_for(std::uint32_t generation) const;
  /// Whether this may be a genuine object all the same: it says that it was sealed under a key that is in no ring that opens.
  bool lacks_key_of(ByteView stored) const;
  /// Rings that did not open when the repository was opened, and why.
  const std::vector<std::pair<std::string, Error>>& unread_rings() const noexcept { return unread_rings_; }
  const Secret& master() const noexcept { return master_; }
  const std::shared_ptr<const GearTable>& gear() const noexcept { return gear_; }

  /// A record's content, sealed under its name.
  Bytes seal(ObjectClass object_class, const std::string& object, ByteView content, Random& random) const;
  /// The content. Throws Error{corrupt} naming `object`.
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
  mutable std::list<KeyRing> later_rings_;  // all that were ever returned stay
};

}  // namespace holdfast
