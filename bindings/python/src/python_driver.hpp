#pragma once

#include "failure.hpp"
#include "holdfast/driver.hpp"

namespace holdfast::python {

/// Returns the library's drivers and those written in Python, and adds the logs of the latter to `failures`. Needs the
/// GIL.
DriverRegistry registry_with(const py::iterable& drivers, FailureLogs& failures);

}  // namespace holdfast::python
