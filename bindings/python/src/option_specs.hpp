#pragma once

#include <string>
#include <vector>

#include "holdfast/option.hpp"
#include "python.hpp"

namespace holdfast::python {

/// Returns the options that a Python driver declares. Holds the GIL.
std::vector<OptionSpec> option_specs_of(const py::handle& driver);

/// Checks the options of one call against the declared ones. Returns their values with Python's types, including
/// defaults. Holds the GIL.
py::dict parsed_options(const py::handle& driver, const std::string& call, const Options& given);

}  // namespace holdfast::python
