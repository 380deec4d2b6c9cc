#pragma once

#include <memory>

#include "failure.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::python {

/// A storage as Python sees it: one of the library's own.
struct NativeStorage {
  std::shared_ptr<Storage> storage;
};

/// A storage and, when it is written in Python, the log of what its methods raised.
struct AnyStorage {
  std::shared_ptr<Storage> storage;
  std::shared_ptr<FailureLog> failures;
};

/// One of the library's own, or a Python object that has the methods of holdfast.Storage. It is kept alive, whatever Python does with its
/// names for it; its methods are called from many threads. Needs the GIL.
AnyStorage storage_from(const py::object& object);

void bind_storage(py::module_& module);

}  // namespace holdfast::python
