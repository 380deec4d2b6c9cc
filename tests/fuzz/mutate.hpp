#pragma once

#include <vector>

#include "holdfast/bytes.hpp"
#include "support/simulator.hpp"  // SeededRandom

namespace holdfast::fuzz {

/// One of `corpus` with some changes: bits, numbers that lie, parts cut out, doubled or taken from another input.
Bytes mutate(const std::vector<Bytes>& corpus, test::SeededRandom& random);

}  // namespace holdfast::fuzz
