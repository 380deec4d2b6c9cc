#pragma once

#include <functional>
#include <memory>

#include "failure.hpp"
#include "holdfast/io.hpp"

namespace holdfast::python {

/// Runs a call on the thread that the object's owner requires; empty = on the current thread.
using Invoker = std::function<void(const std::function<void()>&)>;

/// Wraps a Python object with `read(n)`, or `readinto(buffer)`, as a Reader. Calls its `close()`, if it has one, at the
/// end. Copies bytes, so that a buffer that Python keeps stays valid.
std::unique_ptr<Reader> python_reader(PyRef object, std::shared_ptr<FailureLog> failures, ErrorCode code);

/// Wraps a Python object with `write(bytes)` as a Writer. Continues short writes, and calls `commit()` and `abort()` if
/// the object has them.
std::unique_ptr<Writer> python_writer(PyRef object, std::shared_ptr<FailureLog> failures, ErrorCode code, Invoker invoke = {});

}  // namespace holdfast::python
