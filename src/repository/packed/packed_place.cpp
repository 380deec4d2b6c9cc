#include "repository/packed/packed_place.hpp"

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

std::shared_ptr<const PackedPlace> PackedPlace::create(std::shared_ptr<Storage> storage, const std::optional<Key>& key, Context& context,
                                                       ScryptCost cost) {
  require_no_repository(*storage);
  const RepositoryInfo info{.uri = storage->uri(),
                            .id = to_hex(context.random_bytes(16)),
                            .layout = LayoutKind::packed,
                            .encrypted = key.has_value(),
                            .created = context.now()};
  std::shared_ptr<PackedPlace> place(new PackedPlace(std::move(storage), info));
  if (key) {
    place->master_ = Secret{Bytes(32)};
    context.host.random->fill(place->master_.writable());
    add_slot(place->storage(), *key, info.id, place->master_, cost, *context.host.random);
  } else {
    place->master_ = open_master(info.id);
  }
  const std::string format = format_document(info);
  place->ring_ = KeyRing::make(info.id, sha256(as_bytes(format)), context.now(), *context.host.random);
  place->gear_ = make_gear_table(place->ring_->chunker_key());
  put_ring(place->storage(), *place->ring_, place->master_, *context.host.random);
  // `format` makes the repository exist and is put last: without it, slot and ring are litter of another repository id.
  put_format(place->storage(), format);
  return place;
}

std::shared_ptr<const PackedPlace> PackedPlace::open(std::shared_ptr<Storage> storage, const StoredFormat& format,
                                                     const std::optional<Key>& key) {
  const RepositoryInfo& info = format.info;
  require_key_if_needed(info, key.has_value());
  std::shared_ptr<PackedPlace> place(new PackedPlace(std::move(storage), info));
  place->master_ = key ? open_any_slot(place->storage(), *key, info.id) : open_master(info.id);
  place->ring_ = read_ring(place->storage(), place->master_, info.id, format.sha256,
                           [&](const std::string& object, const Error& error) { place->unread_rings_.emplace_back(object, error); });
  place->gear_ = make_gear_table(place->ring_->chunker_key());
  return place;
}

const KeyRing& PackedPlace::ring_for(std::uint32_t generation) const {
  if (generation <= ring().generation()) return ring();
  const std::lock_guard lock(mutex_);
  const auto newest = [this]() -> const KeyRing& { return later_rings_.empty() ? ring() : later_rings_.back(); };
  if (generation > newest().generation()) {
    KeyRing stored = read_ring(*storage_, master_, info_.id, ring().format_sha256());
    if (stored.generation() > newest().generation()) later_rings_.push_back(std::move(stored));
  }
  return newest();
}

bool PackedPlace::lacks_key_of(ByteView stored) const {
  const std::uint32_t generation = sealed_generation(stored);
  return generation != 0 && !ring_for(generation).has(generation);
}

std::optional<Secret> PackedPlace::audit_key() const {
  if (!info_.encrypted) return std::nullopt;
  return derive_class_key(master_, info_.id, "audit");
}

Bytes PackedPlace::seal(ObjectClass object_class, const std::string& object, ByteView content, Random& random) const {
  return seal_object(ring(), object_class, object, content, random);
}

Bytes PackedPlace::unseal(ObjectClass object_class, const std::string& object, ByteView stored) const {
  return open_object(ring_for(sealed_generation(stored)), object_class, object, stored, object);
}

Bytes PackedPlace::read(ObjectClass object_class, const std::string& object, std::uint64_t limit) const {
  return unseal(object_class, object, get_object(*storage_, object, limit));
}

}  // namespace holdfast
