#pragma once

#include <mutex>
#include <string>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"
#include "repository/object_access.hpp"
#include "storage/copies.hpp"

namespace holdfast {

/// Reads objects that a fresh listing names. If the storage keeps copies, reads each object only once ever: uses a copy
/// only if the listing has an object of that name, size and time, and if the copy opens. Safe from many threads.
class ListedObjects {
 public:
  enum class Copied { no, yes };
  ListedObjects(Storage& storage, Copied copied);

  /// Calls `open` with the object's bytes; `open` throws if they are wrong. Passes its errors on. Throws
  /// Error{not_found}.
  template <typename Open>
  auto read(const ObjectInfo& listed, std::uint64_t limit, const Open& open) {
    if (const Copies::Copy* copy = find(listed)) {
      try {
        auto opened = open(ByteView(copy->bytes));
        keep(listed, copy->bytes);
        return opened;
      } catch (const Error&) {  // these are not the bytes of our copy: read the object
      }
    }
    Bytes bytes = get_object(storage_, listed.name, limit);
    auto opened = open(ByteView(bytes));
    keep(listed, std::move(bytes));
    return opened;
  }

  /// Keeps copies of the objects that were read, and of no others.
  void finish();

 private:
  const Copies::Copy* find(const ObjectInfo& listed) const;
  void keep(const ObjectInfo& listed, Bytes bytes);

  Storage& storage_;
  const Copies* const place_;  // may be null
  const Copies::ByObject before_;
  std::mutex mutex_;  // guards the members below
  Copies::ByObject read_;
  bool is_new_ = false;
};

}  // namespace holdfast
