#pragma once

#include <memory>

#include "failure.hpp"
#include "holdfast/audit.hpp"

namespace holdfast::python {

/// Wraps a Python object with the members of holdfast.AuditSigner and keeps it alive. Calls it on any thread; its
/// exceptions are recorded in `failures`. Needs the GIL.
std::shared_ptr<AuditSigner> signer_from(py::object object, std::shared_ptr<FailureLog> failures);

}  // namespace holdfast::python
