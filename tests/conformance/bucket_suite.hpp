#pragma once

#include "conformance/storage_suite.hpp"
#include "support/storage_server.hpp"

/// Additional tests for storages that are a part of a bucket on a server and send longer objects in pieces.
namespace holdfast::testing {

inline void check_prefix(StorageServer& server) {
  const auto storage = server.fresh({}, "/some/where");
  CHECK(storage->uri() == server.uri("bucket-1") + "/some/where");
  const auto beside = open_storage(server.uri("bucket-1") + "/some/where-else", server.options());
  const auto above = open_storage(server.uri("bucket-1"), server.options());
  beside->put_new("x", as_bytes("beside"));
  storage->put_new("x", as_bytes("inside"));
  CHECK(text(*storage, "x") == "inside");
  CHECK(names(*storage) == std::vector<std::string>{"x"});
  CHECK(text(*above, "some/where/x") == "inside");
  storage->remove("x");
  CHECK(text(*beside, "x") == "beside");
}

/// A prefix in the words of its users. `piece` is the size from which an object is sent in pieces.
inline void check_prefix_of_any_language(StorageServer& server, const Options& more, std::size_t piece) {
  for (const std::string written : {"/B%C3%BCro/\u65e5 \u672c+\u00e9&=~", "/%F0%9F%92%BE/\u0431\u044d\u043a\u0430\u043f"}) {
    CAPTURE(written);
    const auto storage = server.fresh(more, written);
    CHECK(storage->put_new("packs/00", as_bytes("one")) == PutResult::created);
    CHECK(storage->put_new("packs/00", as_bytes("two")) == PutResult::already_exists);
    const Bytes bytes = random_bytes(2 * piece + 1, 3);
    const auto writer = storage->open_writer("long");
    writer->write(bytes);
    writer->commit();
    CHECK(get(*storage, "long", bytes.size()) == bytes);
    CHECK(text(*storage, "packs/00") == "one");
    CHECK(names(*storage) == std::vector<std::string>{"long", "packs/00"});
    CHECK(names(*storage, "packs/") == std::vector<std::string>{"packs/00"});
    storage->remove("long");
    CHECK(names(*storage) == std::vector<std::string>{"packs/00"});
  }
}

inline void check_sizes_around(Storage& storage, std::size_t piece) {
  constexpr std::size_t kWrite = 99'983;
  const Bytes all = random_bytes(3 * piece + 1, 11);
  for (const std::size_t size : {piece - 1, piece, piece + 1, 3 * piece, all.size()}) {
    CAPTURE(size);
    const std::string name = "of/" + std::to_string(size);
    const auto writer = storage.open_writer(name);
    for (std::size_t at = 0; at < size; at += kWrite) writer->write(ByteView(all).subspan(at, std::min(kWrite, size - at)));
    CHECK_FALSE(storage.stat(name).has_value());
    writer->commit();
    CHECK(storage.stat(name).value().size == size);
    const Bytes back = get(storage, name, size);
    CHECK(std::equal(back.begin(), back.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

/// For objects longer than one piece.
inline void check_race_of_uploads(Storage& storage, std::size_t piece) {
  const Bytes mine = random_bytes(piece + 1, 1), theirs = random_bytes(piece + 1, 2);
  const auto first = storage.open_writer("x");
  const auto second = storage.open_writer("x");
  first->write(mine);
  second->write(theirs);
  second->commit();
  check_error(error_of([&] { first->commit(); }), ErrorCode::already_exists, "x");
  CHECK(get(storage, "x", 1U << 30) == theirs);
  storage.open_writer("y")->write(mine);  // aborted
  CHECK(names(storage) == std::vector<std::string>{"x"});
}

inline void check_many_pages(Storage& storage) {
  std::vector<std::string> all;
  for (int number = 0; number < 2100; ++number) all.push_back("n/" + std::to_string(100'000 + number));
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int id = 0; id < 4; ++id)
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < all.size(); at = next++) storage.put_new(all[at], {});
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(names(storage) == all);
  CHECK(names(storage, "n/1020").size() == 100);
}

}  // namespace holdfast::testing
