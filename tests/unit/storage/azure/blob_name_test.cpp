#include "storage/azure/blob_name.hpp"

#include <doctest/doctest.h>

namespace hf = holdfast;

TEST_CASE("names that Azure would confuse are escaped") {
  const auto check = [](const char* name, const char* blob) {
    CAPTURE(name);
    CHECK(hf::blob_name_of(name) == blob);
    CHECK(hf::name_of_blob(blob) == name);
  };
  check("packs/00/a.tmp", "packs/00/a.tmp");
  check("a\\b", "a%5Cb");
  check("...", "%2E%2E%2E");
  check("a./b../c.", "a%2E/b%2E%2E/c%2E");
  check("a..b/.c", "a..b/.c");
  check("%2e%2E%5C%25%", "%2e%252E%255C%2525%");
  CHECK(hf::name_of_blob("%2Ea") == "%2Ea");  // somebody else's
  CHECK(hf::name_of_blob("100%") == "100%");
}
