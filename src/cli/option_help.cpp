#include "option_help.hpp"

#include <fmt/format.h>

#include "format.hpp"
#include "holdfast/notify.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

constexpr std::size_t kWidestChoices = 30;

std::string choices_of(const OptionSpec& spec) { return fmt::format("{}", fmt::join(spec.choices, "|")); }
/// Returns whether the choices are too long for the column of the name. The help then lists them.
bool is_wide(const OptionSpec& spec) { return choices_of(spec).size() > kWidestChoices; }

std::string value_of(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::integer: return "N";
    case OptionType::boolean: return "yes|no";
    case OptionType::size: return "BYTES";
    case OptionType::duration: return "TIME";
    case OptionType::choice: return is_wide(spec) ? "WORD" : choices_of(spec);
    case OptionType::list: return "[\"TEXT\",...]";
    default: return "TEXT";
  }
}

std::string help_of(const OptionSpec& spec, const char* secret_place) {
  if (spec.secret) return fmt::format("{} (a secret: {})", spec.help, secret_place);
  const std::string help = is_wide(spec) ? spec.help + ": " + choices_of(spec) : spec.help;
  return spec.default_value.empty() ? help : fmt::format("{} (default: {})", help, spec.default_value);
}

std::string drivers_options(DriverCall call) {
  Rows rows;
  const DriverRegistry drivers = builtin_drivers();
  for (const auto& driver : drivers.all()) add_option_rows(rows, std::string(driver->name()), options_for(driver->options(), call));
  return rows.empty() ? "  none\n" : format_table(rows, {});
}

std::string drivers_formats() {
  Rows rows;
  const DriverRegistry drivers = builtin_drivers();
  for (const auto& driver : drivers.all()) {
    std::string owner(driver->name());
    for (const ExportFormat& format : driver->export_formats()) rows.push_back({"  " + std::exchange(owner, ""), format.name, format.help});
  }
  return format_table(rows, {});
}

std::string storages_options() {
  Rows rows;
  for (const StorageKind& kind : storage_kinds()) add_option_rows(rows, kind.scheme.empty() ? "all" : kind.scheme, kind.options);
  return format_table(rows, {});
}

std::string channels_options() {
  Rows rows;
  for (const ChannelType& type : channel_types()) add_option_rows(rows, std::string(to_string(type.kind)), type.options, "best in a file");
  return format_table(rows, {});
}

}  // namespace

void add_option_rows(Rows& rows, std::string owner, const std::vector<OptionSpec>& specs, const char* secret_place) {
  for (const OptionSpec& spec : specs) {
    rows.push_back({"  " + owner, spec.name + "=" + value_of(spec), help_of(spec, secret_place)});
    owner.clear();
  }
}

void add_driver_options(CLI::App& command, DriverCall call, std::vector<std::string>& pairs, const std::string& names) {
  command.add_option(names, pairs, "Option of a driver, as listed below (repeatable)")->allow_extra_args(false)->type_name("NAME=VALUE");
  command.footer("Options of drivers:\n" + drivers_options(call) + "\n" + command.get_footer());
}

void add_export_format_list(CLI::App& command) {
  command.footer("Formats of drivers:\n" + drivers_formats() + "\n" + command.get_footer());
}

void add_channel_option_list(CLI::App& command) {
  command.footer("Options of channels:\n" + channels_options() + "\n" + command.get_footer());
}

void add_storage_option_list(CLI::App& command) {
  command.footer("Options of storages, for -O or after the '?' of a URI:\n" + storages_options() + "\n" + command.get_footer());
}

}  // namespace holdfast::cli
