#pragma once

#include <cstdlib>

namespace holdfast::test {

/// Whether this is a long run (`tests/run --long`), in which the exhaustive rigs try everything. Otherwise they try a fixed part of it.
inline bool is_long_run() { return std::getenv("HOLDFAST_TESTS_LONG") != nullptr; }

}  // namespace holdfast::test
