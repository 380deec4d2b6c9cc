#pragma once

#include <memory>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// MD5, incremental: for protocols that require it. Detects damage, but gives no protection against an attacker.
class Md5 {
 public:
  Md5();
  ~Md5();
  void update(ByteView bytes);
  Bytes finish();  ///< 16 bytes; call once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Bytes md5(ByteView bytes);

}  // namespace holdfast
