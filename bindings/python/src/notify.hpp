#pragma once

#include "holdfast/operation.hpp"
#include "python.hpp"

namespace holdfast::python {

/// Takes an OperationRecord of holdfast/_values.py. Needs the GIL.
OperationRecord record_from(const py::handle& record);

void bind_notify(py::module_& module);

}  // namespace holdfast::python
