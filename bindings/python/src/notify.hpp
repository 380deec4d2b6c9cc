#pragma once

#include "holdfast/notify.hpp"
#include "python.hpp"

namespace holdfast::python {

/// Returns the channel of a holdfast.Channel. Needs the GIL.
Channel channel_from(const py::handle& channel);

void bind_notify(py::module_& module);

}  // namespace holdfast::python
