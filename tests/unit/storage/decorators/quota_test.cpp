#include <doctest/doctest.h>

#include "conformance/storage_suite.hpp"
#include "holdfast/quota.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::Bytes;

TEST_CASE("a quota refuses an object that does not fit, before it is sent") {
  const auto memory = hf::memory_storage();
  memory->put_new("old", Bytes(60));
  const auto storage = hf::quota_storage(memory, {.limit_bytes = 100, .warn = {}});
  CHECK(storage->put_new("fits", Bytes(40)) == hf::PutResult::created);
  check_error(error_of([&] { storage->put_new("more", Bytes(1)); }), hf::ErrorCode::no_space, "more");
  const auto writer = storage->open_writer("more");
  check_error(error_of([&] { writer->write(Bytes(1)); }), hf::ErrorCode::no_space, "more");
  CHECK(names(*memory) == std::vector<std::string>{"fits", "old"});
  storage->remove("old");
  CHECK(storage->put_new("more", Bytes(60)) == hf::PutResult::created);
}

TEST_CASE("an object that was not stored uses nothing of a quota") {
  const auto storage = hf::quota_storage(hf::memory_storage(), {.limit_bytes = 100, .warn = {}});
  for (int round = 0; round < 5; ++round) {
    storage->open_writer("x")->write(Bytes(40));
    storage->put_new("taken", Bytes(50));
  }
  CHECK(storage->put_new("rest", Bytes(50)) == hf::PutResult::created);
}

TEST_CASE("a quota warns once, when the threshold is passed") {
  std::vector<std::uint64_t> warned;
  const auto storage =
      hf::quota_storage(hf::memory_storage(), {.limit_bytes = 100, .warn_at = 0.5, .warn = [&](std::uint64_t used, std::uint64_t limit) {
                                                 CHECK(limit == 100);
                                                 warned.push_back(used);
                                               }});
  for (const char* name : {"a", "b", "c", "d"}) storage->put_new(name, Bytes(20));
  CHECK(warned == std::vector<std::uint64_t>{60});
}
