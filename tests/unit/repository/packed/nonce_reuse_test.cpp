// AES-GCM breaks if one key and nonce encrypt two contents. Key and nonce of a sealed object are derived from its salt
// and nonce prefix.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "repository/packed/hedged.hpp"
#include "repository/packed/sealed.hpp"
#include "support/packed_keys.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

using Start = std::array<std::byte, 39>;  // salt and nonce prefix

// Returns how many of the salts and prefixes of `count` different contents are repetitions.
template <typename MakeStart>
std::size_t repeated(std::size_t count, const MakeStart& make_start) {
  std::vector<Start> starts;
  starts.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
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

/// HOLDFAST_SEALED=1000000 takes a minute; the default is fewer.
std::size_t sealed_objects() {
  const char* text = std::getenv("HOLDFAST_SEALED");
  return text == nullptr ? 20'000 : std::strtoull(text, nullptr, 10);
}

Start drawn(Random& random) {
  Start start;
  random.fill(start);
  return start;
}

}  // namespace

TEST_CASE("no two of very many sealed objects share key and nonce, even with a random generator that repeats itself") {
  const KeyRing ring = counted_ring();
  StuckRandom stuck;
  for (Random* random : {static_cast<Random*>(&stuck), &system_random()}) {
    CHECK(repeated(sealed_objects(), [&](const Bytes& content) {
            const Bytes sealed = seal_object(ring, ObjectClass::session, "sessions/x", content, *random);
            Start start;
            std::copy_n(sealed.begin() + 65, start.size(), start.begin());
            return start;
          }) == 0);
  }
}

TEST_CASE("no two of a million salts and nonce prefixes are equal, even with a random generator that repeats itself") {
  const Secret key(counted(7));
  StuckRandom stuck;
  for (Random* random : {static_cast<Random*>(&stuck), &system_random()}) {
    CHECK(repeated(1'000'000, [&](const Bytes& content) {
            HedgedRandom hedged(key, content, *random);
            return drawn(hedged);
          }) == 0);
  }
}
