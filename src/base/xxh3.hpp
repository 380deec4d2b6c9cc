#pragma once

#include <memory>

#include "holdfast/bytes.hpp"

struct XXH3_state_s;

namespace holdfast {

/// XXH3-128, incremental: detects damage, but gives no protection against an attacker.
class Xxh3 {
 public:
  Xxh3();
  void update(ByteView bytes);
  Bytes finish() const;  ///< of all bytes so far: 16 bytes in canonical order, as printed by xxh128sum
 private:
  struct Free {
    void operator()(XXH3_state_s* state) const noexcept;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace holdfast
