#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "format.hpp"
#include "holdfast/catalog.hpp"
#include "option_help.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

std::string yes_no(bool value) { return value ? "yes" : "no"; }

std::string drivers_text(const Catalog& catalog) {
  Rows rows{{"DRIVER", "URIS", "EXPORTS AS", "PARTS", "AS OF ONE MOMENT", "HIGHEST PROOF"}};
  for (const auto& driver : catalog.drivers.all()) {
    std::string uris, formats;
    for (const std::string& scheme : driver->schemes()) uris += (uris.empty() ? "" : ", ") + scheme + ":";
    for (const ExportFormat& format : driver->export_formats()) formats += (formats.empty() ? "" : ", ") + format.name;
    const DriverAbilities can = driver->abilities();
    rows.push_back({std::string(driver->name()), uris, formats, yes_no(can.selection), yes_no(can.consistent), to_string(can.proof)});
  }
  return format_table(rows, {});
}

std::string storages_text(const Catalog& catalog) {
  Rows rows{{"STORAGE", "URI", "OPTIONS"}};
  for (const StorageKind& kind : catalog.storages) {
    if (!kind.scheme.empty()) rows.push_back({kind.scheme, kind.form, count_of(kind.options.size(), "option")});
  }
  return format_table(rows, {});
}

std::string transforms_text(const Catalog& catalog) {
  Rows rows{{"TRANSFORM", "AS AN OPTION", "SUFFIX", ""}};
  for (const TransformKind& kind : catalog.transforms) rows.push_back({kind.name, kind.form, kind.suffix, kind.help});
  return format_table(rows, {});
}

std::string levels_text(const Catalog& catalog) {
  Rows rows{{"LEVEL OF PROOF", ""}};
  for (const ProofLevelInfo& info : catalog.levels) rows.push_back({to_string(info.level), info.help});
  return format_table(rows, {});
}

std::string driver_text(const Driver& driver) {
  std::string text = fmt::format("driver {}\n", driver.name());
  for (const ExportFormat& format : driver.export_formats()) text += fmt::format("exports as {}: {}\n", format.name, format.help);
  for (const DriverCall call : kDriverCalls) {
    Rows rows;
    add_option_rows(rows, "", options_for(driver.options(), call));
    if (!rows.empty()) text += fmt::format("\nOptions of {}:\n{}", to_string(call), format_table(rows, {}));
  }
  return text;
}

std::string storage_text(const Catalog& catalog, const StorageKind& kind) {
  Rows rows;
  add_option_rows(rows, kind.scheme, kind.options);
  add_option_rows(rows, "all", catalog.storages.front().options);
  return fmt::format("storage {}\n\nOptions, for -O or after the '?' of a URI:\n{}", kind.form, format_table(rows, {}));
}

std::string topics_text(const CLI::App& app) {
  Rows rows;
  for (const char* list : {"drivers", "storages", "transforms", "levels"}) rows.push_back({"  " + std::string(list), "all of them"});
  rows.push_back({"  NAME", "a driver, the scheme of a storage, or one of these commands:"});
  for (const CLI::App* command : app.get_subcommands({})) rows.push_back({"  " + command->get_name(), command->get_description()});
  return "holdfast help TOPIC, where the topic is:\n" + format_table(rows, {});
}

/// Returns the text on one topic: a list, a driver, a storage, or a command.
std::string topic_text(const CLI::App& app, const Catalog& catalog, const std::string& topic) {
  if (topic.empty()) return topics_text(app);
  if (topic == "drivers") return drivers_text(catalog);
  if (topic == "storages") return storages_text(catalog);
  if (topic == "transforms") return transforms_text(catalog);
  if (topic == "levels") return levels_text(catalog);
  const auto& drivers = catalog.drivers.all();
  const auto driver = std::ranges::find_if(drivers, [&](const auto& each) { return each->name() == topic; });
  if (driver != drivers.end()) return driver_text(**driver);
  const auto kind = std::ranges::find(catalog.storages, topic, &StorageKind::scheme);
  if (kind != catalog.storages.end()) return storage_text(catalog, *kind);
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == topic) return command->help("holdfast");
  }
  throw Error(
      ErrorCode::invalid_argument,
      "there is no help on \"" + topic + "\": name drivers, storages, transforms, levels, a driver, the scheme of a storage, or a command");
}

}  // namespace

void add_help(CLI::App& app, Session& session) {
  CLI::App& command =
      *app.add_subcommand("help", "Tell which drivers, storages, transforms and levels of proof there are, with their options");
  const auto topic = std::make_shared<std::string>();
  command.add_option("topic", *topic, "drivers, storages, transforms, levels, a driver, the scheme of a storage, or a command")
      ->type_name("TOPIC");
  session.add_output_options(command);
  session.on(command, [&app, &session, topic] {
    const Catalog catalog;
    const std::string text = topic_text(app, catalog, *topic);
    return session.finish(document(catalog), text);
  });
}

}  // namespace holdfast::cli
