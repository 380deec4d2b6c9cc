#include <doctest/doctest.h>

#include <thread>

#include "holdfast/transform.hpp"
#include "support/streams.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;
using holdfast::ErrorCode;

namespace {

// Requests a stop a little later, from another thread.
std::jthread stop_soon(std::stop_source& stop) {
  return std::jthread([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
}

}  // namespace

TEST_CASE("cancel wakes a throttled writer and a throttled reader") {
  std::stop_source stop;
  const auto slow = hf::throttle(1, stop.get_token());  // the calls below would take hours
  const auto stopper = stop_soon(stop);
  Bytes out;
  CHECK(code_thrown([&] { slow->encode(hf::memory_writer(out))->write(Bytes(100000)); }) == ErrorCode::cancelled);
  CHECK(out.size() < 100000);
  CHECK(code_thrown([&] { decode(*slow, Bytes(100000)); }) == ErrorCode::cancelled);
}

TEST_CASE("all streams of one throttle share its rate") {
  std::stop_source stop;
  const auto slow = hf::throttle(1, stop.get_token());
  const auto stopper = stop_soon(stop);
  Bytes out;
  // Each stream alone would let its first byte pass at once.
  CHECK(code_thrown([&] {
          for (int i = 0; i < 1000; ++i) slow->encode(hf::memory_writer(out))->write(Bytes(1));
        }) == ErrorCode::cancelled);
}

TEST_CASE("a throttle that lets nothing pass is refused") {
  CHECK(code_thrown([] { hf::throttle(0); }) == ErrorCode::invalid_argument);
}
