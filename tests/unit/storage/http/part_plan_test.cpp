#include "storage/http/part_plan.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace holdfast;

namespace {

constexpr std::uint64_t kMiB = 1U << 20;
constexpr std::uint64_t kGB = 1'000'000'000;

/// The number of parts of an object of this size, and the size of the largest one.
struct Plan {
  unsigned parts = 0;
  std::uint64_t largest = 0;
};
Plan plan(std::uint64_t size, std::uint64_t first, std::uint32_t max_parts) {
  Plan made;
  for (std::uint64_t sent = 0; sent < size; ++made.parts) {
    made.largest = planned_part_size(made.parts + 1, first, max_parts);
    sent += made.largest;
  }
  return made;
}

}  // namespace

TEST_CASE("an object of unknown length keeps within the server's number of parts") {
  CHECK(plan(30 * kGB, 8 * kMiB, 10'000).parts <= 10'000);
  CHECK(plan(30 * kGB, 8 * kMiB, 10'000).largest <= 32 * kMiB);
  CHECK(plan(4'400 * kGB, 8 * kMiB, 10'000).parts <= 10'000);
  CHECK(plan(400 * kGB, 8 * kMiB, 1'000).parts <= 1'000);
  CHECK(plan(30 * kGB, 8 * kMiB, 1'000).largest <= 256 * kMiB);
}

TEST_CASE("small objects have parts of the first size") { CHECK(plan(8 * kGB, 8 * kMiB, 10'000).largest == 8 * kMiB); }

TEST_CASE("no part is larger than the protocol allows, and none smaller than the one before") {
  for (const std::uint64_t first : {5 * kMiB, 8 * kMiB, 100 * kMiB, kLargestPart}) {
    CAPTURE(first);
    std::uint64_t before = 0;
    for (unsigned number = 1; number <= 10'000; ++number) {
      const std::uint64_t size = planned_part_size(number, first, 10'000);
      REQUIRE(size >= before);
      REQUIRE(size <= kLargestPart);
      before = size;
    }
  }
}
