#include "base/retry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "holdfast/error.hpp"

namespace hf = holdfast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// Always returns the same share of the range.
class FixedRandom final : public hf::Random {
 public:
  explicit FixedRandom(unsigned char byte) : byte_(byte) {}
  void fill(std::span<std::byte> out) override { std::ranges::fill(out, std::byte{byte_}); }

 private:
  unsigned char byte_;
};

}  // namespace

TEST_CASE("attempts end when the next would begin in the last tenth of the total time") {
  FixedRandom random(0);
  hf::Retry retry({.first = milliseconds(0), .longest = milliseconds(0), .total = milliseconds(30)}, random);
  const auto began = steady_clock::now();
  while (retry.again()) CHECK(retry.failures() > 0);
  CHECK(steady_clock::now() - began >= milliseconds(26));
}

TEST_CASE("a wait that the server asks for is kept; the call gives up at once if it is too long") {
  FixedRandom random(0);
  hf::Retry retry({.total = std::chrono::seconds(10)}, random);
  const auto began = steady_clock::now();
  CHECK(retry.again(milliseconds(50)));
  CHECK(steady_clock::now() - began >= milliseconds(50));
  CHECK_FALSE(retry.again(std::chrono::hours(1)));
  CHECK(retry.failures() == 2);
}

TEST_CASE("a stop ends the wait") {
  FixedRandom random(0);
  std::stop_source stop;
  hf::Retry retry({.total = std::chrono::hours(1)}, random, stop.get_token());
  std::jthread other([&] { stop.request_stop(); });
  CHECK_THROWS_AS(retry.again(std::chrono::minutes(10)), hf::Error);
}
