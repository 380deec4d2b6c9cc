#pragma once

#include <memory>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// MD5, incremental: for protocols that ask for it. It shows damage, and protects against nobody.
class Md5 {
 public:
  Md5();
  ~Md5();
  void update(ByteView bytes);
  Bytes finish();  ///< 16 bytes; once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Bytes md5(ByteView bytes);

}  // namespace holdfast
