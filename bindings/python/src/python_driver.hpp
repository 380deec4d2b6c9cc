#pragma once

#include "failure.hpp"
#include "holdfast/driver.hpp"

namespace holdfast::python {

/// The library's drivers and those that are written in Python, whose logs are added to `failures`. Needs the GIL.
DriverRegistry registry_with(const py::iterable& drivers, FailureLogs& failures);

}  // namespace holdfast::python
