#pragma once

#include <memory>

#include "entry_reader.hpp"
#include "holdfast/target.hpp"
#include "operation.hpp"

namespace holdfast::python {

/// A backup for Python to read. Its streams count as the progress of the operation, and end when it is cancelled.
struct ViewReader {
  BackupView view;
  FailureLogs failures;
  std::shared_ptr<Operation> operation = nullptr;

  std::shared_ptr<StreamReader> open(const std::string& name) const;
  bool cancelled() const { return operation && operation->context().cancelled(); }
};

/// Wraps a target written in Python. Called on the thread that waits for the operation. Needs the GIL.
std::unique_ptr<Target> python_target(py::object object, std::shared_ptr<Operation> operation, FailureLogs failures);

void bind_view_reader(py::module_& module);

}  // namespace holdfast::python
