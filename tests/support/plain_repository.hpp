#pragma once

#include "repository/plain/plain_layout.hpp"
#include "support/test_repository.hpp"

namespace holdfast::test {

struct PlainRepository : TestRepository {
  explicit PlainRepository(bool encrypted) : PlainRepository(encrypted ? std::optional(test_key()) : std::nullopt) {}
  explicit PlainRepository(std::optional<Key> with) : TestRepository(std::move(with)) {
    PlainPlace::create(storage, key, context, kCheap);
    reopen();
  }
  void reopen() { layout = std::make_unique<PlainLayout>(PlainPlace::open(storage, key)); }
};

}  // namespace holdfast::test
