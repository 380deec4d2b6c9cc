#include "base/host_name.hpp"

#include <unistd.h>

#include <array>
#include <climits>

#include "base/uri.hpp"

namespace holdfast {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? percent_encode(name.data()) : std::string();
}

}  // namespace holdfast
