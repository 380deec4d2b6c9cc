#pragma once

#include "holdfast/io.hpp"

namespace holdfast {

/// Takes bytes away: the end of a pipeline that is run for what its stages do.
class DiscardWriter final : public Writer {
 public:
  void write(ByteView) override {}
  void commit() override {}
};

}  // namespace holdfast
