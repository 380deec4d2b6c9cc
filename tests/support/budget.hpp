#pragma once

#include <cstdlib>
#include <random>

namespace holdfast::test {

/// Returns whether this is a long run (`tests/run --long`), in which the exhaustive rigs try everything. Otherwise they
/// try a part.
inline bool is_long_run() { return std::getenv("HOLDFAST_TESTS_LONG") != nullptr; }

/// Returns the step of an exhaustive loop: 1 in a long run.
inline std::size_t every(std::size_t step) { return is_long_run() ? 1 : step; }

/// Returns where such a loop begins: at random before `step`, so that over many runs all is tried; 0 in a long run.
inline std::size_t first_of(std::size_t step) { return is_long_run() ? 0 : std::random_device{}() % step; }

}  // namespace holdfast::test
