#pragma once

#include "failure.hpp"
#include "holdfast/transform.hpp"

namespace holdfast::python {

/// A stage, and the log of its exceptions; none if it is the library's own.
struct AnyTransform {
  TransformPtr transform;
  FailureLogs failures;
};

/// Returns one of the library's own transforms, or wraps a Python object with the methods of holdfast.Transform and
/// keeps it alive. Needs the GIL.
AnyTransform transform_from(const py::object& object);
/// The same for several. Adds their logs to `failures`.
std::vector<TransformPtr> transforms_from(const py::iterable& objects, FailureLogs& failures);

void bind_transform(py::module_& module);

}  // namespace holdfast::python
