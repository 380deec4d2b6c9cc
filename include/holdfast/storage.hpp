#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

/// String options of a driver or storage; unknown keys are errors.
using Options = std::map<std::string, std::string>;

struct ObjectInfo {
  std::string name;
  std::uint64_t size = 0;  ///< bytes
  TimePoint modified{};    ///< the storage's own time
};

/// What a storage can do beyond the contract below.
struct StorageCaps {
  bool atomic_create = false;  ///< two writers of one name: exactly one wins
  bool durable = false;        ///< an object survives power loss once committed
  bool fills = false;          ///< when it is full nothing can be put, also not what would free space: some is kept in reserve
};

enum class PutResult { created, already_exists };

/// A flat set of write-once objects: the sink under a repository.
///
/// Names are relative, '/'-separated, 1-1024 bytes of printable ASCII in parts of at most 255, none of them "." or "..", the first
/// not ".tmp" (see `check_object_name`).
/// An object is visible completely or not at all, is durable before the call that makes it returns, and is never
/// overwritten. All functions are safe from any thread. Errors: Error with the object's name; `retryable` when trying
/// again may help.
class Storage {
 public:
  virtual ~Storage() = default;

  virtual std::string uri() const = 0;  ///< for people: without credentials
  virtual StorageCaps caps() const = 0;

  /// Stores a whole object. `already_exists` when the name is taken, whatever its bytes; nothing is changed then.
  virtual PutResult put_new(std::string_view name, ByteView bytes) = 0;
  /// Streams a new object; commit() makes it durable and visible, or throws Error{already_exists}.
  virtual std::unique_ptr<Writer> open_writer(std::string_view name) = 0;
  /// Reads `length` bytes from `offset` (clipped to the end). Throws Error{not_found}.
  virtual std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset = 0,
                                              std::uint64_t length = std::numeric_limits<std::uint64_t>::max()) = 0;
  virtual std::optional<ObjectInfo> stat(std::string_view name) = 0;
  /// Visits each object whose name starts with `prefix`, in name order, until the visitor returns false. An incomplete
  /// listing throws; it never passes for a complete one.
  virtual void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) = 0;
  /// Removes an object, durably. Throws Error{not_found} when there is none.
  virtual void remove(std::string_view name) = 0;
};

/// Throws Error{invalid_argument} unless `name` is one a storage must accept.
void check_object_name(std::string_view name);

/// Reads a whole object; Error{limit} beyond `limit` bytes.
Bytes get(Storage& storage, std::string_view name, std::uint64_t limit);

/// Objects in the memory of this process: for tests and as scratch. Not durable.
std::shared_ptr<Storage> memory_storage();

/// What `open_storage` does when the place does not exist yet.
enum class IfMissing { create, fail };

/// Opens a storage by URI: "file:///var/backups", a plain path ("backups/"), "memory:", "s3:", "gs:", "azblob:", "sftp:", "command:"
/// (docs/storage.md). Throws Error{invalid_argument} for an unknown scheme or option, Error{not_found} for a missing place.
std::shared_ptr<Storage> open_storage(std::string_view uri, const Options& options = {}, IfMissing if_missing = IfMissing::fail);

}  // namespace holdfast
