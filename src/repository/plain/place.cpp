#include "repository/plain/place.hpp"

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/format.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

std::shared_ptr<const PlainPlace> PlainPlace::create(std::shared_ptr<Storage> storage, const std::optional<Key>& key, Context& context,
                                                     ScryptCost cost) {
  require_no_repository(*storage);
  const RepositoryInfo info{.uri = storage->uri(),
                            .id = to_hex(context.random_bytes(16)),
                            .layout = LayoutKind::plain,
                            .encrypted = key.has_value(),
                            .created = context.now()};
  std::shared_ptr<PlainPlace> place(new PlainPlace(std::move(storage), info));
  if (key) {
    Secret master{Bytes(32)};
    context.host.random->fill(master.writable());
    add_slot(place->storage(), *key, info.id, master, cost, *context.host.random);
    place->data_key_ = plain_data_key(master, info.id);
  }
  put_format(place->storage(), format_document(info));
  return place;
}

std::shared_ptr<const PlainPlace> PlainPlace::open(std::shared_ptr<Storage> storage, const RepositoryInfo& info,
                                                   const std::optional<Key>& key) {
  require_key_if_needed(info, key.has_value());
  std::shared_ptr<PlainPlace> place(new PlainPlace(std::move(storage), info));
  if (key) place->data_key_ = plain_data_key(open_any_slot(place->storage(), *key, info.id), info.id);
  return place;
}

std::shared_ptr<const PlainPlace> PlainPlace::open(std::shared_ptr<Storage> storage, const std::optional<Key>& key) {
  const RepositoryInfo info = read_format(*storage).info;
  return open(std::move(storage), info, key);
}

std::optional<Secret> PlainPlace::audit_key() const {
  if (!data_key_) return std::nullopt;
  return hkdf_sha256(data_key_->bytes(), from_hex(info_.id), "holdfast/plain/v1/audit", 32);
}

TransformPtr PlainPlace::encryption(std::string_view object, Random& random) const {
  return encrypted() ? aes256gcm(*data_key_, associated_data(object), random) : nullptr;
}

JsonWriter PlainPlace::begin(const char* kind, const std::string& object) const { return begin_document(kind, object, info_.id); }

Bytes PlainPlace::seal(const std::string& object, JsonWriter document, Random& random) const {
  const std::string text = seal_document(std::move(document));
  Bytes stored;
  std::unique_ptr<Writer> out = memory_writer(stored);
  if (const TransformPtr encrypt = encryption(object, random)) out = encrypt->encode(std::move(out));
  out->write(as_bytes(text));
  out->commit();
  return stored;
}

JsonTree PlainPlace::unseal(const char* kind, const std::string& object, ByteView stored) const {
  Bytes plain;
  if (encrypted()) {
    try {
      const auto reader = aes256gcm(*data_key_, associated_data(object))->decode(memory_reader(stored));
      plain = read_all(*reader, stored.size());
    } catch (const Error& error) {
      throw error.with_context(object);
    }
  }
  JsonTree members = open_document(as_text(encrypted() ? ByteView(plain) : stored), object);
  const Fields fields(*members, object);
  check_document_header(fields, kind);
  if (fields.hex("repository_id", 32) != info_.id) fields.fail("is of another repository");
  return members;
}

JsonTree PlainPlace::read(const char* kind, const std::string& object, std::uint64_t limit) const {
  return unseal(kind, object, get(object, limit));
}

Bytes PlainPlace::get(const std::string& object, std::uint64_t limit) const { return get_object(*storage_, object, limit); }

}  // namespace holdfast
