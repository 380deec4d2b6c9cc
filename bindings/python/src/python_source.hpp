#pragma once

#include <memory>

#include "holdfast/source.hpp"
#include "operation.hpp"

namespace holdfast::python {

/// Wraps an instance of a class derived from holdfast.Source as a Source. Its methods are called on the thread that
/// waits for the operation, which must outlive it.
std::unique_ptr<Source> python_source(py::object object, std::shared_ptr<Operation> operation);

}  // namespace holdfast::python
