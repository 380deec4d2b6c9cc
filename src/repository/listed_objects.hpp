#pragma once

#include <mutex>
#include <string>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"
#include "repository/object_access.hpp"
#include "storage/copies.hpp"

namespace holdfast {

/// Objects that a listing of now names, each read once ever where the storage keeps copies: a copy counts only for an object that is listed
/// with the same size and time, and if it opens. Safe from many threads.
class ListedObjects {
 public:
  enum class Copied { no, yes };
  ListedObjects(Storage& storage, Copied copied);

  /// `open` reads the object's bytes, and throws what is wrong with them. Throws that, Error{not_found}.
  template <typename Open>
  auto read(const ObjectInfo& listed, std::uint64_t limit, const Open& open) {
    if (const Copies::Copy* copy = find(listed)) {
      try {
        auto opened = open(ByteView(copy->bytes));
        keep(listed, copy->bytes);
        return opened;
      } catch (const Error&) {  // not what we put there: as if there were none
      }
    }
    Bytes bytes = get_object(storage_, listed.name, limit);
    auto opened = open(ByteView(bytes));
    keep(listed, std::move(bytes));
    return opened;
  }

  /// Keeps copies of what was read, and of nothing else, for the next time.
  void finish();

 private:
  const Copies::Copy* find(const ObjectInfo& listed) const;
  void keep(const ObjectInfo& listed, Bytes bytes);

  Storage& storage_;
  const Copies* const place_;  // may be null
  const Copies::ByObject before_;
  std::mutex mutex_;  // guards what follows
  Copies::ByObject read_;
  bool is_new_ = false;
};

}  // namespace holdfast
