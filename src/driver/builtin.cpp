#include "holdfast/driver.hpp"

namespace holdfast {

DriverRegistry builtin_drivers() {
  DriverRegistry registry;
  return registry;
}

}  // namespace holdfast
