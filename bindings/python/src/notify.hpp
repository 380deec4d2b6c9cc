#pragma once

#include "python.hpp"

namespace holdfast::python {

void bind_notify(py::module_& module);

}  // namespace holdfast::python
