#pragma once

#include <string_view>

#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

/// A random raw key and its text for printing: 16 groups of four hex digits, and one more group that detects a wrong
/// digit.
struct RecoveryKey {
  Key key;
  Secret text;
};
RecoveryKey make_recovery_key(Random& random);

/// Parses the text. Ignores blanks, line ends, dashes and case. Throws Error{invalid_argument} if the text is no
/// recovery key, is mistyped, or is cut short.
Key read_recovery_key(std::string_view text);

}  // namespace holdfast
