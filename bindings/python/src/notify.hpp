#pragma once

#include "holdfast/notify.hpp"
#include "holdfast/operation.hpp"
#include "python.hpp"

namespace holdfast::python {

/// Takes an OperationRecord of holdfast/_values.py. Needs the GIL.
OperationRecord record_from(const py::handle& record);

/// Returns the channel of a holdfast.Channel. Needs the GIL.
Channel channel_from(const py::handle& channel);

/// Returns a holdfast.Notice for each. Needs the GIL.
py::tuple python_notices(const std::vector<Notice>& notices);

void bind_notify(py::module_& module);

}  // namespace holdfast::python
