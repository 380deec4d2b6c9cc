#include <fmt/format.h>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

std::string value_of(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::integer: return "N";
    case OptionType::boolean: return "yes|no";
    case OptionType::size: return "BYTES";
    case OptionType::duration: return "TIME";
    case OptionType::choice: return fmt::format("{}", fmt::join(spec.choices, "|"));
    case OptionType::list: return "[\"TEXT\",...]";
    default: return "TEXT";
  }
}

std::string help_of(const OptionSpec& spec) {
  return spec.default_value.empty() || spec.secret ? spec.help : fmt::format("{} (default: {})", spec.help, spec.default_value);
}

std::string list_of(DriverCall call) {
  std::vector<std::vector<std::string>> rows;
  const DriverRegistry drivers = builtin_drivers();
  for (const auto& driver : drivers.all()) {
    std::string name(driver->name());
    for (const OptionSpec& spec : options_for(driver->options(), call)) {
      rows.push_back({"  " + name, spec.name + "=" + value_of(spec), help_of(spec)});
      name.clear();
    }
  }
  return rows.empty() ? "  none\n" : format_table(rows, {});
}

}  // namespace

void add_driver_options(CLI::App& command, DriverCall call, std::vector<std::string>& pairs, const std::string& names) {
  command.add_option(names, pairs, "Option of a driver, as listed below (repeatable)")->allow_extra_args(false)->type_name("NAME=VALUE");
  command.footer("Options of drivers:\n" + list_of(call) + "\n" + command.get_footer());
}

}  // namespace holdfast::cli
