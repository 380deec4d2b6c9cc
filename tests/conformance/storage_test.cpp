#include "conformance/storage_suite.hpp"

#include "holdfast/cached.hpp"
#include "storage/decorators/faulty.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

TEST_CASE("the memory storage is a storage") { run_storage_suite(hf::memory_storage); }

TEST_CASE("the file storage is a storage") {
  const TempDirectory directory;
  run_storage_suite([&] { return hf::open_storage(directory.path().string()); });
}

TEST_CASE("a faulty storage without faults is a storage, over memory") {
  run_storage_suite([] { return hf::faulty_storage(hf::memory_storage(), {}); });
}

TEST_CASE("a faulty storage without faults is a storage, over files") {
  const TempDirectory directory;
  run_storage_suite([&] { return hf::faulty_storage(hf::open_storage(directory.path().string()), {}); });
}

TEST_CASE("a storage behind a cache is a storage") {
  run_storage_suite([] { return hf::cached_storage(hf::memory_storage(), hf::memory_storage(), "a"); });
}
