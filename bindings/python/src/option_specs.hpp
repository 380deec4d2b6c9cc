#pragma once

#include <string>
#include <vector>

#include "holdfast/option.hpp"
#include "python.hpp"

namespace holdfast::python {

/// The options that a driver written in Python declares. Holds the GIL.
std::vector<OptionSpec> option_specs_of(const py::handle& driver);

/// Checks the options of one call against those declared. Returns their values as Python's types, defaults included. Holds the GIL.
py::dict parsed_options(const py::handle& driver, const std::string& call, const Options& given);

}  // namespace holdfast::python
