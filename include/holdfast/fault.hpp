#pragma once

#include <string>

namespace holdfast {

/// One fault: the object concerned (a stored object, a restored table, a rule), and what is wrong with it.
struct Fault {
  std::string object;
  std::string what;
};

}  // namespace holdfast
