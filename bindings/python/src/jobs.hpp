#pragma once

#include "python.hpp"

namespace holdfast::python {

void bind_jobs(py::module_& module);

}  // namespace holdfast::python
