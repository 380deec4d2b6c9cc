#pragma once

#include <algorithm>
#include <string>

#include "base/digest.hpp"
#include "holdfast/bytes.hpp"
#include "repository/packed/key_ring.hpp"
#include "support/cbor_json.hpp"

// Key rings that are the same on every run.
namespace holdfast::test {

inline const std::string kRepositoryId = "00112233445566778899aabbccddeeff";

/// Returns 32 bytes: first, first + 1, …
inline Bytes counted(int first) {
  Bytes bytes(32);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(first + static_cast<int>(i));
  return bytes;
}

/// Generations 3 (key 00 01 …) and 7 (key 20 21 …).
inline nlohmann::json ring_members() {
  return {{"format", to_binary(sha256(as_bytes("format")))},
          {"id_key", to_binary(counted(100))},
          {"chunker_key", to_binary(counted(150))},
          {"roots",
           {{{"generation", 3}, {"key", to_binary(counted(0))}, {"created", 1000}},
            {{"generation", 7}, {"key", to_binary(counted(32))}, {"created", 2000}}}}};
}

inline KeyRing counted_ring(const std::string& repository_id = kRepositoryId) {
  return KeyRing::decode(encode_cbor(ring_members()), repository_id, "ring");
}

/// Returns the same bytes always: like a broken generator, or a cloned machine.
class StuckRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override { std::fill(out.begin(), out.end(), std::byte{0x5a}); }
};

}  // namespace holdfast::test
