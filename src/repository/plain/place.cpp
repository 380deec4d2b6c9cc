#include "repository/plain/place.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "holdfast/version.hpp"

namespace holdfast {

namespace {

constexpr const char* kFormat = "format";
constexpr const char* kEncryption = "aes256-gcm-hkdf-1mb";
constexpr std::uint64_t kVersion = 1;

DocumentJson header(const char* kind, const std::string& object, const std::string& repository_id) {
  return {{"document", kind}, {"object", object}, {"repository_id", repository_id}};
}

void check_header(const Fields& fields, const char* kind) {
  if (fields.text("document") != kind) fields.fail("is not a document of the kind " + std::string(kind));
  if (fields.text("object") != fields.object()) fields.fail("is in the wrong place: it says that it is another object");
}

Bytes get_document(Storage& storage, const std::string& object, std::uint64_t limit) {
  try {
    return holdfast::get(storage, object, limit);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::limit) throw;
    throw Error(ErrorCode::corrupt, object + ": is larger than such a document can be");
  }
}

// A repository that lost its `format` must not be buried under a new one.
void refuse_remains(Storage& storage) {
  bool found = false;
  storage.list("backup_", [&found](const ObjectInfo&) { return !(found = true); });
  if (found) {
    throw Error(ErrorCode::already_exists,
                storage.uri() + " holds backups but no object 'format': bring that back from a copy, or use an empty place");
  }
}

void put_format(Storage& storage, const RepositoryInfo& info) {
  DocumentJson members = header("format", kFormat, info.id);
  members["magic"] = "holdfast";
  members["layout"] = "plain";
  members["version"] = kVersion;
  members["created"] = format_time_micros(info.created);
  members["encryption"] = info.encrypted ? kEncryption : "none";
  if (storage.put_new(kFormat, as_bytes(seal_document(members))) == PutResult::already_exists) {
    throw Error(ErrorCode::already_exists, storage.uri() + " is a repository already");
  }
}

}  // namespace

std::string written_by() { return std::string("holdfast ") + version(); }

RepositoryInfo read_format(Storage& storage) {
  const std::string object = kFormat;
  const Bytes stored = get_document(storage, object, kFormatLimit);
  const nlohmann::json members = open_document(as_text(stored), object);
  const Fields fields(members, object);
  if (fields.text("magic") != "holdfast") fields.fail("is not that of a holdfast repository");
  const std::uint64_t format_version = fields.number("version");
  const std::string& layout = fields.text("layout");
  if (layout != "plain" || format_version != kVersion) {
    throw Error(ErrorCode::unsupported, storage.uri() + " has layout '" + layout + "', format version " + std::to_string(format_version) +
                                            "; " + written_by() + " knows layout 'plain', version 1: use a newer one");
  }
  check_header(fields, "format");
  const std::string& encryption = fields.text("encryption");
  if (encryption != "none" && encryption != kEncryption) {
    throw Error(ErrorCode::unsupported, storage.uri() + " is encrypted as '" + encryption + "': use a newer holdfast");
  }
  return {.uri = storage.uri(),
          .id = fields.hex("repository_id", 32),
          .layout = LayoutKind::plain,
          .version = static_cast<int>(format_version),
          .encrypted = encryption != "none",
          .created = fields.time("created")};
}

std::shared_ptr<const PlainPlace> PlainPlace::create(std::shared_ptr<Storage> storage, const std::optional<Key>& key, Context& context,
                                                     ScryptCost cost) {
  if (storage->stat(kFormat)) throw Error(ErrorCode::already_exists, storage->uri() + " is a repository already");
  refuse_remains(*storage);
  const RepositoryInfo info{
      .uri = storage->uri(), .id = to_hex(context.random_bytes(16)), .encrypted = key.has_value(), .created = context.now()};
  std::shared_ptr<PlainPlace> place(new PlainPlace(std::move(storage), info));
  if (key) {
    Secret master{Bytes(32)};
    context.random->fill(master.writable());
    add_slot(place->storage(), *key, info.id, master, cost, *context.random);
    place->data_key_ = plain_data_key(master, info.id);
  }
  put_format(place->storage(), info);
  return place;
}

std::shared_ptr<const PlainPlace> PlainPlace::open(std::shared_ptr<Storage> storage, const std::optional<Key>& key) {
  if (!storage->stat(kFormat)) {
    throw Error(ErrorCode::not_found, storage->uri() + " is not a repository: make one with `holdfast init`");
  }
  const RepositoryInfo info = read_format(*storage);
  if (info.encrypted && !key) throw Error(ErrorCode::wrong_key, info.uri + " is encrypted: give a password");
  if (!info.encrypted && key) throw Error(ErrorCode::invalid_argument, info.uri + " is not encrypted: open it without a password");
  std::shared_ptr<PlainPlace> place(new PlainPlace(std::move(storage), info));
  if (key) place->data_key_ = plain_data_key(open_any_slot(place->storage(), *key, info.id), info.id);
  return place;
}

TransformPtr PlainPlace::encryption(std::string_view object, Random& random) const {
  return encrypted() ? aes256gcm(*data_key_, associated_data(object), random) : nullptr;
}

Bytes PlainPlace::seal(const char* kind, const std::string& object, const DocumentJson& members, Random& random) const {
  DocumentJson whole = header(kind, object, info_.id);
  whole.update(members);
  const std::string text = seal_document(whole);
  Bytes stored;
  std::unique_ptr<Writer> out = memory_writer(stored);
  if (const TransformPtr encrypt = encryption(object, random)) out = encrypt->encode(std::move(out));
  out->write(as_bytes(text));
  out->commit();
  return stored;
}

nlohmann::json PlainPlace::unseal(const char* kind, const std::string& object, ByteView stored) const {
  Bytes plain;
  if (encrypted()) {
    try {
      const auto reader = aes256gcm(*data_key_, associated_data(object))->decode(memory_reader(stored));
      plain = read_all(*reader, stored.size());
    } catch (const Error& error) {
      throw error.with_context(object);
    }
  }
  nlohmann::json members = open_document(as_text(encrypted() ? ByteView(plain) : stored), object);
  const Fields fields(members, object);
  check_header(fields, kind);
  if (fields.hex("repository_id", 32) != info_.id) fields.fail("is of another repository");
  return members;
}

nlohmann::json PlainPlace::read(const char* kind, const std::string& object, std::uint64_t limit) const {
  return unseal(kind, object, get(object, limit));
}

Bytes PlainPlace::get(const std::string& object, std::uint64_t limit) const { return get_document(*storage_, object, limit); }

PutResult PlainPlace::put(const std::string& object, ByteView bytes) const {
  if (storage_->put_new(object, bytes) == PutResult::created) return PutResult::created;
  const auto info = storage_->stat(object);
  if (!info || info->size != bytes.size()) return PutResult::already_exists;
  try {
    const Bytes there = get(object, bytes.size());
    return std::equal(there.begin(), there.end(), bytes.begin(), bytes.end()) ? PutResult::created : PutResult::already_exists;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return PutResult::already_exists;  // and removed since; it was not ours
  }
}

}  // namespace holdfast
