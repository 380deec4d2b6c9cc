#pragma once

#include "python.hpp"

namespace holdfast::python {

/// Binds schedules, schedulers and the search for conflicts.
void bind_schedules(py::module_& module);

}  // namespace holdfast::python
