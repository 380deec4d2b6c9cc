#pragma once

#include "failure.hpp"
#include "holdfast/transform.hpp"

namespace holdfast::python {

/// A stage, and the log of what it raised: none if it is the library's own.
struct AnyTransform {
  TransformPtr transform;
  FailureLogs failures;
};

/// One of the library's own, or a Python object that has the methods of holdfast.Transform, which is kept alive. Needs the GIL.
AnyTransform transform_from(const py::object& object);

void bind_transform(py::module_& module);

}  // namespace holdfast::python
