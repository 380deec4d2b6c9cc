#include "conformance/storage_suite.hpp"

#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

TEST_CASE("the memory storage is a storage") { run_storage_suite(hf::memory_storage); }

TEST_CASE("the file storage is a storage") {
  const TempDirectory directory;
  run_storage_suite([&] { return hf::open_storage(directory.path().string()); });
}
