#pragma once

#include <vector>

#include "holdfast/bytes.hpp"
#include "support/simulator.hpp"  // SeededRandom

namespace holdfast::fuzz {

/// Returns one of `corpus` with some changes: bits, false numbers, parts removed, doubled or taken from another input.
Bytes mutate(const std::vector<Bytes>& corpus, test::SeededRandom& random);

}  // namespace holdfast::fuzz
