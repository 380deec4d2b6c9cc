#include <doctest/doctest.h>

#include "conformance/storage_suite.hpp"
#include "holdfast/read_only.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::as_bytes;

TEST_CASE("a read-only storage reads, and refuses every change") {
  const auto memory = hf::memory_storage();
  memory->put_new("x", as_bytes("kept"));
  const auto storage = hf::read_only_storage(memory);
  CHECK(text(*storage, "x") == "kept");
  CHECK(storage->stat("x")->size == 4);
  CHECK(names(*storage) == std::vector<std::string>{"x"});
  check_error(error_of([&] { storage->put_new("y", {}); }), hf::ErrorCode::permission_denied, "y");
  check_error(error_of([&] { storage->open_writer("y"); }), hf::ErrorCode::permission_denied, "y");
  check_error(error_of([&] { storage->remove("x"); }), hf::ErrorCode::permission_denied, "x");
  CHECK(names(*memory) == std::vector<std::string>{"x"});
}
