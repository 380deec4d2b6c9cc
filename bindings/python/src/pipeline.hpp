#pragma once

#include "python.hpp"

namespace holdfast::python {

/// Binds runs of pipelines, SQL text, and the functions that need no repository.
void bind_pipeline(py::module_& module);

}  // namespace holdfast::python
