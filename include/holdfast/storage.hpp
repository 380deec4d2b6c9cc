#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"
#include "holdfast/io.hpp"
#include "holdfast/option.hpp"

namespace holdfast {

struct ObjectInfo {
  std::string name;
  std::uint64_t size = 0;  ///< bytes
  TimePoint modified{};    ///< by the storage's clock
};

/// Capabilities of a storage beyond the contract below.
struct StorageCaps {
  bool atomic_create = false;  ///< two writers of one name: exactly one wins
  bool durable = false;        ///< an object survives power loss once committed
  bool fills = false;          ///< a full storage accepts nothing, not even what would free space: keep some in reserve
};

enum class PutResult { created, already_exists };

/// A flat set of write-once objects: the storage of a repository.
///
/// Names are relative and '/'-separated: 1-1024 bytes of printable ASCII in parts of at most 255 bytes. No part is "."
/// or ".."; the first part is not ".tmp" (see `check_object_name`). An object is visible completely or not at all, is
/// durable before the call that creates it returns, and is never overwritten. All functions are safe from any thread.
/// Errors are Error with the object's name; `retryable` if a retry may help.
class Storage {
 public:
  virtual ~Storage() = default;

  virtual std::string uri() const = 0;  ///< for people: without credentials
  virtual StorageCaps caps() const = 0;

  /// Stores a whole object. Returns `already_exists` if the name is taken, whatever its bytes; then changes nothing.
  virtual PutResult put_new(std::string_view name, ByteView bytes) = 0;
  /// Streams a new object. commit() makes it durable and visible, or throws Error{already_exists}.
  virtual std::unique_ptr<Writer> open_writer(std::string_view name) = 0;
  /// Reads `length` bytes from `offset` (clipped to the end). Throws Error{not_found}.
  virtual std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset = 0,
                                              std::uint64_t length = std::numeric_limits<std::uint64_t>::max()) = 0;
  virtual std::optional<ObjectInfo> stat(std::string_view name) = 0;
  /// Visits each object whose name starts with `prefix`, in name order, until the visitor returns false. Throws if the
  /// listing is incomplete; never presents an incomplete listing as complete.
  virtual void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) = 0;
  /// Removes an object, durably. Throws Error{not_found} if there is none.
  virtual void remove(std::string_view name) = 0;

  /// Returns the storage that this one wraps, whose objects are also this one's objects. This storage then has the
  /// abilities of the wrapped one, too (`as`). Returns null if it wraps none, or if it combines several and implements
  /// their abilities itself.
  virtual Storage* inner() const noexcept { return nullptr; }
};

/// Returns the ability of a storage, its own or of a storage that it wraps: `as<Lockable>(storage)`. Returns null if
/// there is none.
template <class Ability, class Place>
Ability* as(Place& storage) {
  for (Place* at = &storage; at != nullptr; at = at->inner()) {
    if (auto* const found = dynamic_cast<Ability*>(at)) return found;
  }
  return nullptr;
}

/// A storage that wraps another one: derive from it and override what differs.
class ForwardingStorage : public Storage {
 public:
  explicit ForwardingStorage(std::shared_ptr<Storage> inner) : inner_(std::move(inner)) {}

  std::string uri() const override { return inner_->uri(); }
  StorageCaps caps() const override { return inner_->caps(); }
  PutResult put_new(std::string_view name, ByteView bytes) override { return inner_->put_new(name, bytes); }
  std::unique_ptr<Writer> open_writer(std::string_view name) override { return inner_->open_writer(name); }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return inner_->open_reader(name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override { return inner_->stat(name); }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override { inner_->list(prefix, visit); }
  void remove(std::string_view name) override { inner_->remove(name); }
  Storage* inner() const noexcept override { return inner_.get(); }

 protected:
  const std::shared_ptr<Storage> inner_;
};

/// Throws Error{invalid_argument} unless every storage must accept `name`.
void check_object_name(std::string_view name);

/// Reads a whole object. Throws Error{limit} for more than `limit` bytes.
Bytes get(Storage& storage, std::string_view name, std::uint64_t limit);

/// Returns a storage in the memory of this process, for tests and scratch data. Not durable.
std::shared_ptr<Storage> memory_storage();

/// Action of `open_storage` if the place does not exist yet.
enum class IfMissing { create, fail };

/// A kind of storage that open_storage opens, with its options.
struct StorageKind {
  std::string scheme;  ///< "s3"; empty for the options that every storage takes
  std::string form;    ///< for people: "s3://BUCKET/PREFIX"
  std::vector<OptionSpec> options;
};
/// All of them. What every storage takes comes first.
std::vector<StorageKind> storage_kinds();

/// Opens a storage by URI: "file:///var/backups", a plain path ("backups/"), "memory:", "s3:", "gs:", "azblob:",
/// "sftp:", "command:" (docs/storage.md). Throws Error{invalid_argument} for an unknown scheme or option,
/// Error{not_found} for a missing place.
std::shared_ptr<Storage> open_storage(std::string_view uri, const Options& options = {}, IfMissing if_missing = IfMissing::fail);

}  // namespace holdfast
