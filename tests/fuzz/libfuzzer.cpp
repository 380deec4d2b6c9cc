// The entry points of a libFuzzer program for the target in HOLDFAST_FUZZ_TARGET. `holdfast-fuzz --seeds` writes a
// corpus.
#include <cstdint>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const holdfast::fuzz::FuzzTarget target = holdfast::fuzz::target_named(HOLDFAST_FUZZ_TARGET);
  holdfast::fuzz::may_refuse([&] { target.run(std::as_bytes(std::span(data, size))); });
  return 0;
}
