#pragma once

#include <functional>
#include <memory>

#include "failure.hpp"
#include "holdfast/io.hpp"

namespace holdfast::python {

/// Runs a call where the object's owner wants it; empty = on the current thread.
using Invoker = std::function<void(const std::function<void()>&)>;

/// A Python object with `read(n)`, or `readinto(buffer)`, as a Reader. Its `close()`, if it has one, is called at the end. Copies, so that
/// a buffer that Python keeps stays valid.
std::unique_ptr<Reader> python_reader(PyRef object, std::shared_ptr<FailureLog> failures, ErrorCode code);

/// A Python object with `write(bytes)` as a Writer: short writes are continued, `commit()` and `abort()` are called if it has them.
std::unique_ptr<Writer> python_writer(PyRef object, std::shared_ptr<FailureLog> failures, ErrorCode code, Invoker invoke = {});

}  // namespace holdfast::python
