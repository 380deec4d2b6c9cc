#pragma once

#include <memory>

#include "failure.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::python {

/// A storage, and the logs of its exceptions: none unless it is written in Python, or has such parts.
struct AnyStorage {
  std::shared_ptr<Storage> storage;
  FailureLogs failures;
};

/// A storage for Python: one of the library's own.
struct NativeStorage : AnyStorage {};

/// Returns one of the library's own storages, or wraps a Python object with the methods of holdfast.Storage. The
/// wrapper keeps the object alive, and calls its methods from many threads. Needs the GIL.
AnyStorage storage_from(const py::object& object);

void bind_storage(py::module_& module);
/// Binds the composed storages.
void bind_composed_storage(py::module_& module);

}  // namespace holdfast::python
