// A host with its own driver: lists all drivers and their options, then backs up, proves, loses and restores a file.
// Takes an empty folder.
#include <iostream>

#include "settings_driver.hpp"

static void list(const hf::DriverRegistry& drivers) {
  for (const auto& driver : drivers.all()) {
    std::cout << driver->name() << '\n';
    for (const hf::OptionSpec& option : driver->options()) {
      std::cout << "  " << option.name << " (" << hf::to_string(option.type) << "): " << option.help << '\n';
    }
  }
}

int main(int argc, char** argv) try {
  if (argc != 2) return std::cerr << "usage: cpp_custom_driver EMPTY-FOLDER\n", 2;
  const std::filesystem::path folder = argv[1];
  const std::string file = folder / "app.conf";
  std::ofstream(file) << "app.color=green\napp.size=7\nother=1\n";

  hf::DriverRegistry drivers = hf::builtin_drivers();
  drivers.add(std::make_shared<SettingsDriver>());
  list(drivers);

  hf::Context context;
  const hf::CreateOptions options{.key = hf::passphrase("correct horse battery staple")};
  hf::Repository repository = hf::create_repository(hf::open_storage((folder / "repository").string(), {}, hf::IfMissing::create), options,
                                                    context, std::move(drivers));
  const auto backup = repository.backup({"settings:" + file}, {.driver = {{"prefix", "app."}, {"strict", "yes"}}}, context);
  const auto proof = repository.verify(backup.id, {.level = hf::VerifyLevel::restore}, context);
  std::filesystem::remove(file);
  const auto report = repository.restore(backup.id, "settings:" + file, {}, context);
  std::cout << (proof.ok() ? "PROVED " : "FAULT ") << proof.proof.counts.of("settings") << " settings, " << report.counts.of("settings")
            << " restored\n";
  return proof.ok() ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
