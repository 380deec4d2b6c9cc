#include "driver/cloudsql/driver.hpp"
#include "driver/command/driver.hpp"
#include "driver/files/driver.hpp"
#include "driver/postgres/driver.hpp"
#include "holdfast/driver.hpp"

namespace holdfast {

DriverRegistry builtin_drivers() {
  DriverRegistry registry;
  registry.add(postgres::driver());
  registry.add(command_driver());
  registry.add(files::driver());
  registry.add(cloudsql_driver());
  return registry;
}

}  // namespace holdfast
