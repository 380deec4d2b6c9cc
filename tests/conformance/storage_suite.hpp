#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

/// Tests of the contract of every storage, run once for each of them.
namespace holdfast::testing {

inline Bytes bytes_of(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

inline Bytes random_bytes(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

inline std::vector<std::string> names(Storage& storage, std::string_view prefix = {}) {
  std::vector<std::string> found;
  storage.list(prefix, [&](const ObjectInfo& info) {
    found.push_back(info.name);
    return true;
  });
  return found;
}

inline std::string text(Storage& storage, std::string_view name) {
  const Bytes bytes = get(storage, name, 1U << 30);
  return std::string(as_text(bytes));
}

template <class Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error was thrown");
  return {ErrorCode::internal, ""};
}

inline void check_error(const Error& error, ErrorCode code, std::string_view name) {
  CHECK(to_string(error.code()) == to_string(code));
  CHECK_MESSAGE(error.message().find(name) != std::string::npos, error.message());
}

/// Checks that options are refused for this reason, and that the message shows no secret.
template <class Parse>
void check_options_refused(Parse parse, const std::string& uri, const Options& options, const char* why) {
  CAPTURE(uri);
  const Error error = error_of([&] { parse(uri, options); });
  check_error(error, ErrorCode::invalid_argument, why);
  CHECK(error.message().find("canary") == std::string::npos);
}

inline void check_create_only(Storage& storage) {
  CHECK(storage.put_new("a/x", as_bytes("first")) == PutResult::created);
  CHECK(storage.put_new("a/x", as_bytes("second")) == PutResult::already_exists);
  const auto writer = storage.open_writer("a/x");
  writer->write(as_bytes("third"));
  check_error(error_of([&] { writer->commit(); }), ErrorCode::already_exists, "a/x");
  CHECK(text(storage, "a/x") == "first");
  CHECK(names(storage) == std::vector<std::string>{"a/x"});
}

inline void check_one_winner(Storage& storage) {
  constexpr int kThreads = 8;
  for (int round = 0; round < 20; ++round) {
    const std::string name = "race/" + std::to_string(round);
    std::atomic<int> waiting{kThreads}, created{0}, taken{0}, winner{-1};
    std::vector<std::thread> threads;
    for (int id = 0; id < kThreads; ++id)
      threads.emplace_back([&, id] {
        const Bytes mine = random_bytes(1000, static_cast<std::uint32_t>(id));
        for (--waiting; waiting > 0;) std::this_thread::yield();
        if (storage.put_new(name, mine) == PutResult::created) {
          ++created;
          winner = id;
        } else {
          ++taken;
        }
      });
    for (std::thread& thread : threads) thread.join();
    CAPTURE(round);
    CHECK(created == 1);
    CHECK(taken == kThreads - 1);
    CHECK(get(storage, name, 1000) == random_bytes(1000, static_cast<std::uint32_t>(winner.load())));
  }
}

inline void check_visible_at_commit(Storage& storage) {
  const auto writer = storage.open_writer("dir/late");
  writer->write(as_bytes("not yet"));
  CHECK_FALSE(storage.stat("dir/late").has_value());
  CHECK(names(storage).empty());
  check_error(error_of([&] { storage.open_reader("dir/late"); }), ErrorCode::not_found, "dir/late");
  writer->commit();
  REQUIRE(storage.stat("dir/late").has_value());
  CHECK(storage.stat("dir/late")->name == "dir/late");
  CHECK(storage.stat("dir/late")->size == 7);
  CHECK(text(storage, "dir/late") == "not yet");
}

inline void check_abort(Storage& storage) {
  storage.open_writer("dir/never")->write(as_bytes("gone"));
  { const auto opened_only = storage.open_writer("dir/never"); }
  CHECK(names(storage).empty());
  CHECK_FALSE(storage.stat("dir/never").has_value());
  CHECK(storage.put_new("dir/never", {}) == PutResult::created);
}

inline void check_ranges(Storage& storage) {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const Bytes all = random_bytes(10'007, seed);
  storage.put_new("object", all);
  const auto range = [&](std::uint64_t offset, std::uint64_t length) {
    const auto reader = storage.open_reader("object", offset, length);
    return read_all(*reader, all.size());
  };
  for (int round = 0; round < 50; ++round) {
    const std::uint64_t offset = random() % (all.size() + 2);
    const std::uint64_t length = random() % (all.size() + 2);
    const std::uint64_t from = std::min<std::uint64_t>(offset, all.size());
    const std::uint64_t to = from + std::min<std::uint64_t>(length, all.size() - from);
    CAPTURE(offset);
    CAPTURE(length);
    CHECK(range(offset, length) == Bytes(all.begin() + static_cast<long>(from), all.begin() + static_cast<long>(to)));
  }
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  CHECK(range(0, 0).empty());
  CHECK(range(kMax, kMax).empty());
  CHECK(range(1, kMax).size() == all.size() - 1);
  CHECK(range(all.size(), 1).empty());
}

inline void check_chunks(Storage& storage) {
  const Bytes all = random_bytes(4099, 7);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{3}, std::size_t{1021}, all.size()}) {
    CAPTURE(chunk);
    const std::string name = "by/" + std::to_string(chunk);
    const auto writer = storage.open_writer(name);
    writer->write({});
    for (std::size_t at = 0; at < all.size(); at += chunk) writer->write(ByteView(all).subspan(at, std::min(chunk, all.size() - at)));
    writer->commit();
    const auto reader = storage.open_reader(name);
    Bytes back, buffer(chunk);
    while (const std::size_t got = reader->read(buffer)) back.insert(back.end(), buffer.begin(), buffer.begin() + static_cast<long>(got));
    CHECK(back == all);
  }
}

inline void check_empty_object(Storage& storage) {
  CHECK(storage.put_new("empty", {}) == PutResult::created);
  storage.open_writer("streamed")->commit();
  for (const char* name : {"empty", "streamed"}) {
    CHECK(storage.stat(name).value().size == 0);
    CHECK(text(storage, name).empty());
  }
  CHECK(names(storage) == std::vector<std::string>{"empty", "streamed"});
}

inline void check_listing(Storage& storage) {
  // '.' and '-' sort before '/', letters after: the order of whole names, not of directories.
  std::vector<std::string> all = {"a", "b-c", "b.c", "b/1", "b/1.x", "b/1x/y", "b/2/z", "b0", "ba", "packs/00/x", "packs/01/y", "~ last"};
  std::ranges::sort(all);
  std::vector<std::string> shuffled = all;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(3));
  for (const std::string& name : shuffled) storage.put_new(name, as_bytes(name));
  CHECK(names(storage) == all);
  for (const char* prefix :
       {"b", "b/", "b/1", "b/1.", "b/1x", "b/1x/", "p", "packs/0", "packs/00/x", "packs/00/xx", "c", "~", "/", "b//", "../"}) {
    CAPTURE(prefix);
    std::vector<std::string> wanted;
    std::ranges::copy_if(all, std::back_inserter(wanted), [&](const std::string& name) { return name.starts_with(prefix); });
    CHECK(names(storage, prefix) == wanted);
  }
  std::vector<std::string> first_two;
  storage.list("", [&](const ObjectInfo& info) {
    CHECK(info.size == info.name.size());
    CHECK(info.modified == storage.stat(info.name).value().modified);
    first_two.push_back(info.name);
    return first_two.size() < 2;
  });
  CHECK(first_two == std::vector<std::string>{all[0], all[1]});
}

inline void check_removal(Storage& storage) {
  storage.put_new("d/e/one", as_bytes("1"));
  storage.put_new("d/two", as_bytes("2"));
  const auto reader = storage.open_reader("d/two");
  storage.remove("d/e/one");
  CHECK(names(storage) == std::vector<std::string>{"d/two"});
  storage.remove("d/two");
  CHECK(names(storage).empty());
  CHECK_FALSE(storage.stat("d/two").has_value());
  CHECK(storage.put_new("d/e/one", as_bytes("again")) == PutResult::created);
  CHECK(text(storage, "d/e/one") == "again");
}

inline void check_removal_races_creation(Storage& storage) {
  std::atomic<bool> failed{false};
  const auto churn = [&](int id) {
    try {
      for (int round = 0; round < 100; ++round) {
        const std::string name = "deep/er/" + std::to_string(id);
        if (storage.put_new(name, as_bytes("x")) != PutResult::created || text(storage, name) != "x") failed = true;
        storage.remove(name);
      }
    } catch (const Error& error) {
      MESSAGE(error.message());
      failed = true;
    }
  };
  std::vector<std::thread> threads;
  for (int id = 0; id < 4; ++id) threads.emplace_back(churn, id);
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(failed);
  CHECK(names(storage).empty());
}

inline void check_not_found(Storage& storage) {
  storage.put_new("a/b", {});
  for (const char* name : {"missing", "no/such/thing", "a", "a/b/c"}) {
    CAPTURE(name);
    CHECK_FALSE(storage.stat(name).has_value());
    check_error(error_of([&] { storage.open_reader(name); }), ErrorCode::not_found, name);
    check_error(error_of([&] { storage.remove(name); }), ErrorCode::not_found, name);
    check_error(error_of([&] { get(storage, name, 1); }), ErrorCode::not_found, name);
  }
  check_error(error_of([&] {
                storage.put_new("big", as_bytes("12345"));
                get(storage, "big", 4);
              }),
              ErrorCode::limit, "big");
}

inline void check_bad_names(Storage& storage) {
  const std::vector<std::string> bad = {"",
                                        "/",
                                        "/a",
                                        "a/",
                                        "a//b",
                                        ".",
                                        "..",
                                        "../x",
                                        "a/../b",
                                        "a/./b",
                                        "a\n",
                                        "caf\xc3\xa9",
                                        ".tmp",
                                        ".tmp/x",
                                        std::string("n\0ul", 4),
                                        "a/..",
                                        "\x7f",
                                        std::string(1025, 'x'),
                                        std::string(256, 'y')};
  for (const std::string& name : bad) {
    CAPTURE(name);
    const auto refused = [&](auto&& call) { CHECK(error_of(call).code() == ErrorCode::invalid_argument); };
    refused([&] { storage.put_new(name, {}); });
    refused([&] { storage.open_writer(name); });
    refused([&] { storage.open_reader(name); });
    refused([&] { storage.stat(name); });
    refused([&] { storage.remove(name); });
  }
  CHECK(names(storage).empty());
}

inline void check_good_names(Storage& storage) {
  std::string longest;
  while (longest.size() < 1024) longest += longest.size() % 200 == 199 ? '/' : 'n';
  const std::vector<std::string> good = {
      "-rf", ".hidden", "...", "a.tmp", "b/.tmp/c", "c d", "%2e%2e", "q?x=1#y", "\\", std::string(255, 'p'), longest};
  for (const std::string& name : good) {
    CAPTURE(name);
    CHECK(storage.put_new(name, as_bytes(name)) == PutResult::created);
    CHECK(text(storage, name) == name);
  }
  CHECK(names(storage).size() == good.size());
}

/// `fresh` creates an empty storage.
inline void run_storage_suite(const std::function<std::shared_ptr<Storage>()>& fresh) {
  const std::shared_ptr<Storage> storage = fresh();
  CHECK_FALSE(storage->uri().empty());
  SUBCASE("a name once taken keeps its first bytes") { check_create_only(*storage); }
  SUBCASE("exactly one of many threads that race for a name wins") {
    if (storage->caps().atomic_create) check_one_winner(*storage);
  }
  SUBCASE("an object is seen only once it is committed") { check_visible_at_commit(*storage); }
  SUBCASE("an aborted object leaves nothing") { check_abort(*storage); }
  SUBCASE("any range reads as the same bytes") { check_ranges(*storage); }
  SUBCASE("the size of reads and writes does not matter") { check_chunks(*storage); }
  SUBCASE("an empty object is an object") { check_empty_object(*storage); }
  SUBCASE("a listing is complete, in name order, and limited to its prefix") { check_listing(*storage); }
  SUBCASE("a removed object is gone and its name is free") { check_removal(*storage); }
  SUBCASE("concurrent removals and creations do not disturb each other") { check_removal_races_creation(*storage); }
  SUBCASE("a missing object is named") { check_not_found(*storage); }
  SUBCASE("every call refuses an invalid name") { check_bad_names(*storage); }
  SUBCASE("every valid name is accepted") { check_good_names(*storage); }
}

}  // namespace holdfast::testing
