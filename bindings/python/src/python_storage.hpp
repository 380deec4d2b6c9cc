#pragma once

#include <memory>

#include "failure.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::python {

/// A storage, and the logs of what raised in it: empty unless it is written in Python, or made of such.
struct AnyStorage {
  std::shared_ptr<Storage> storage;
  FailureLogs failures;
};

/// A storage as Python sees it: one of the library's own.
struct NativeStorage : AnyStorage {};

/// One of the library's own, or a Python object that has the methods of holdfast.Storage. It is kept alive, whatever Python does with its
/// names for it; its methods are called from many threads. Needs the GIL.
AnyStorage storage_from(const py::object& object);

void bind_storage(py::module_& module);
/// Storages made of others.
void bind_composed_storage(py::module_& module);

}  // namespace holdfast::python
