#pragma once

#include <string_view>

#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

/// A random raw key and its text for paper: 16 groups of four hex digits, and one more that notices a wrong digit.
struct RecoveryKey {
  Key key;
  Secret text;
};
RecoveryKey make_recovery_key(Random& random);

/// Reads the text back; blanks, line ends, dashes and upper case don't matter. Throws Error{invalid_argument} unless it is one, mistyped
/// or cut short.
Key read_recovery_key(std::string_view text);

}  // namespace holdfast
