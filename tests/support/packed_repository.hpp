#pragma once

#include <set>

#include "repository/packed/packed_layout.hpp"
#include "support/test_repository.hpp"

namespace holdfast::test {

struct PackedRepository : TestRepository {
  explicit PackedRepository(bool encrypted = true) : TestRepository(encrypted ? std::optional(test_key()) : std::nullopt) {
    PackedPlace::create(storage, key, context, kCheap);
    reopen();
  }
  void reopen() {
    place = PackedPlace::open(storage, read_format(*storage), key);
    layout = std::make_unique<PackedLayout>(place);
  }

  /// Collects after the grace period has passed once more.
  GarbageReport collect() {
    clock.advance(std::chrono::hours(25));
    return layout->collect_garbage({}, context);
  }
  std::set<std::string> names(std::string_view prefix) const {
    std::set<std::string> found;
    for (const auto& [name, bytes] : storage->objects()) {
      if (name.starts_with(prefix)) found.insert(name);
    }
    return found;
  }
  std::size_t count(std::string_view prefix) const { return names(prefix).size(); }
  void erase(std::string_view prefix) {
    for (const std::string& name : names(prefix)) storage->erase(name);
  }

  std::shared_ptr<const PackedPlace> place;
};

}  // namespace holdfast::test
