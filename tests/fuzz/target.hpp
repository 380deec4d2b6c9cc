#pragma once

#include <functional>
#include <string>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/error.hpp"
#include "holdfast/io.hpp"

namespace holdfast::fuzz {

/// One parser of bytes that somebody else may have written. What lies behind a seal gets its input unsealed and seals it itself, so that
/// mutations reach the parser. Anything thrown but holdfast::Error is a fault.
struct FuzzTarget {
  const char* name;
  void (*run)(ByteView input);
  std::vector<Bytes> (*seeds)();  ///< good inputs, the same on every run
};

/// All of them; a file of its own for each kind.
std::vector<FuzzTarget> packed_targets();
std::vector<FuzzTarget> plain_targets();
std::vector<FuzzTarget> stream_targets();
std::vector<FuzzTarget> archive_targets();
std::vector<FuzzTarget> files_targets();

std::vector<FuzzTarget> all_targets();
/// Throws std::runtime_error for a name that is none.
FuzzTarget target_named(const std::string& name);

/// Why parts of the present input were refused: inputs that differ here went different ways.
inline std::string& refusals() {
  static std::string all;
  return all;
}

/// Runs something that may well refuse what it is given.
inline void may_refuse(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    refusals() += error.message() + "\n";
  }
}

/// Reads to the end, or as far as nobody has to wait long.
inline void drain(Reader& from) {
  Bytes buffer(64U << 10);
  for (std::uint64_t total = 0; total < (32U << 20);) {
    const std::size_t got = from.read(buffer);
    if (got == 0) return;
    total += got;
  }
}

}  // namespace holdfast::fuzz
