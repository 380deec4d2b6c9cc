// AES-GCM breaks when one key and nonce serve two contents. Key and nonce of a sealed object follow from its salt and nonce prefix.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "repository/packed/hedged.hpp"
#include "repository/packed/sealed.hpp"
#include "support/packed_keys.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

using Start = std::array<std::byte, 39>;  // salt and nonce prefix

// Salts and prefixes of `count` different contents, or of as many as come in `time`, but at least 1000: how many of these were there
// before.
template <typename MakeStart>
std::size_t repeated(std::size_t count, std::chrono::seconds time, const MakeStart& make_start) {
  const auto end = std::chrono::steady_clock::now() + time;
  std::vector<Start> starts;
  starts.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0 && i % 1000 == 0 && std::chrono::steady_clock::now() > end) break;
    Bytes content(8);
    std::memcpy(content.data(), &i, 8);
    starts.push_back(make_start(content));
  }
  MESSAGE("objects: ", starts.size());
  std::sort(starts.begin(), starts.end());
  std::size_t same = 0;
  for (std::size_t i = 1; i < starts.size(); ++i) same += starts[i] == starts[i - 1] ? 1 : 0;
  return same;
}

Start drawn(Random& random) {
  Start start;
  random.fill(start);
  return start;
}

}  // namespace

TEST_CASE("of very many sealed objects no two share key and nonce, not even with a random generator that stands still") {
  const KeyRing ring = counted_ring();
  StuckRandom stuck;
  for (Random* random : {static_cast<Random*>(&stuck), &system_random()}) {
    CHECK(repeated(50'000, std::chrono::seconds(2), [&](const Bytes& content) {
            const Bytes sealed = seal_object(ring, ObjectClass::session, "sessions/x", content, *random);
            Start start;
            std::copy_n(sealed.begin() + 65, start.size(), start.begin());
            return start;
          }) == 0);
  }
}

TEST_CASE("of a million salts and nonce prefixes no two are the same, not even with a random generator that stands still") {
  const Secret key(counted(7));
  StuckRandom stuck;
  for (Random* random : {static_cast<Random*>(&stuck), &system_random()}) {
    CHECK(repeated(1'000'000, std::chrono::seconds(7), [&](const Bytes& content) {
            HedgedRandom hedged(key, content, *random);
            return drawn(hedged);
          }) == 0);
  }
}
