#include "option_specs.hpp"

#include <pybind11/chrono.h>
#include <pybind11/stl.h>

#include "convert.hpp"

namespace holdfast::python {

namespace {

OptionSpec spec_from(const py::handle& option) {
  OptionSpec spec{.name = option.attr("name").cast<std::string>(),
                  .type = parse_option_type(option.attr("type").cast<std::string>()),
                  .default_value = option.attr("default").cast<std::string>(),
                  .help = option.attr("help").cast<std::string>(),
                  .minimum = option.attr("minimum").cast<std::int64_t>(),
                  .choices = option.attr("choices").cast<std::vector<std::string>>(),
                  .secret = option.attr("secret").cast<bool>()};
  if (!option.attr("maximum").is_none()) spec.maximum = option.attr("maximum").cast<std::int64_t>();
  for (const py::handle& call : option.attr("calls")) spec.calls.push_back(parse_driver_call(call.cast<std::string>()));
  return spec;
}

py::object value_of(const ParsedOptions& parsed, const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::integer: return py::int_(parsed.integer(spec.name));
    case OptionType::boolean: return py::bool_(parsed.flag(spec.name));
    case OptionType::size: return py::int_(parsed.size(spec.name));
    case OptionType::duration: return py::cast(parsed.duration(spec.name));
    case OptionType::list: return py::tuple(py::cast(parsed.list(spec.name)));
    default: return py::str(parsed.text(spec.name));
  }
}

}  // namespace

std::vector<OptionSpec> option_specs_of(const py::handle& driver) {
  std::vector<OptionSpec> specs;
  for (const py::handle& option : driver.attr("option_specs")) specs.push_back(spec_from(option));
  return specs;
}

py::dict parsed_options(const py::handle& driver, const std::string& call, const Options& given) {
  const std::vector<OptionSpec> specs = option_specs_of(driver);
  const DriverCall wanted = parse_driver_call(call);
  const ParsedOptions parsed = parse_options(driver.attr("name").cast<std::string>(), specs, wanted, given);
  py::dict values;
  for (const OptionSpec& spec : options_for(specs, wanted)) values[py::str(spec.name)] = value_of(parsed, spec);
  return values;
}

}  // namespace holdfast::python
