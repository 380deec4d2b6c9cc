#pragma once

#include <functional>
#include <string>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/error.hpp"
#include "holdfast/io.hpp"

namespace holdfast::fuzz {

/// One parser of bytes that somebody else may have written. A target for sealed content takes it unsealed and seals it
/// itself, so that mutations reach the parser. Anything thrown except holdfast::Error is a fault.
struct FuzzTarget {
  const char* name;
  void (*run)(ByteView input);
  std::vector<Bytes> (*seeds)();  ///< good inputs, the same on every run
};

/// All targets; one file for each kind.
std::vector<FuzzTarget> packed_targets();
std::vector<FuzzTarget> plain_targets();
std::vector<FuzzTarget> stream_targets();
std::vector<FuzzTarget> archive_targets();
std::vector<FuzzTarget> files_targets();
std::vector<FuzzTarget> outbox_targets();
std::vector<FuzzTarget> audit_targets();

std::vector<FuzzTarget> all_targets();
/// Throws std::runtime_error for an unknown name.
FuzzTarget target_named(const std::string& name);

/// Why parts of the current input were refused: inputs with different texts took different ways.
inline std::string& refusals() {
  static std::string all;
  return all;
}

/// Runs something that may refuse its input.
inline void may_refuse(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    refusals() += error.message() + "\n";
  }
}

/// Reads to the end, or up to a limit that keeps the time short.
inline void drain(Reader& from) {
  Bytes buffer(64U << 10);
  for (std::uint64_t total = 0; total < (32U << 20);) {
    const std::size_t got = from.read(buffer);
    if (got == 0) return;
    total += got;
  }
}

}  // namespace holdfast::fuzz
