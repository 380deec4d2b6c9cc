#pragma once

#include <cstdlib>

namespace holdfast::test {

/// Returns whether this is a long run (`tests/run --long`), in which the exhaustive rigs try everything. Otherwise they
/// try a fixed part.
inline bool is_long_run() { return std::getenv("HOLDFAST_TESTS_LONG") != nullptr; }

}  // namespace holdfast::test
