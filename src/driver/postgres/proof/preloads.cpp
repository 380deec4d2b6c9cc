#include "driver/postgres/proof/preloads.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "driver/postgres/restore/preflight.hpp"

namespace holdfast::postgres {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSetting = "shared_preload_libraries";

fs::path server_folder(Connection& connection, const char* name) {
  return connection.query("SELECT setting FROM pg_catalog.pg_config WHERE name = $1", {name}).text(0, 0);
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Returns the name of an extension's library: as its control file says, or that of the extension.
std::string library_of(const std::string& extension, const fs::path& share) {
  constexpr std::string_view kFolder = "'$libdir/";
  const std::string control = content(share / "extension" / (extension + ".control"));
  const std::size_t line = control.find("module_pathname");
  if (line == std::string::npos) return extension;
  const std::size_t begin = control.find(kFolder, line), end = control.find('\n', line);
  if (begin == std::string::npos || begin > end) return extension;
  const std::size_t name = begin + kFolder.size();
  return control.substr(name, control.find('\'', name) - name);
}

// No catalog tells which libraries must be preloaded. One that must be says so in an error message, which names the
// setting.
bool must_be_preloaded(const fs::path& library) { return content(library).find(kSetting) != std::string::npos; }

}  // namespace

std::string scripts_of(Connection& connection, const std::vector<std::string>& extensions) {
  constexpr std::uintmax_t kWorthReading = 1U << 20;  // PostGIS has a hundred upgrades of 8 MB that make what it installs
  std::string text;
  if (extensions.empty()) return text;
  std::error_code ignored;
  for (const fs::directory_entry& file : fs::directory_iterator(server_folder(connection, "SHAREDIR") / "extension", ignored)) {
    const std::string name = file.path().filename().string();
    const bool wanted = std::ranges::any_of(extensions, [&](const std::string& extension) { return name.starts_with(extension + "--"); });
    const bool installs = name.find("--") == name.rfind("--");
    if (wanted && name.ends_with(".sql") && (installs || file.file_size(ignored) <= kWorthReading)) text += content(file.path()) + "\n";
  }
  return text;
}

std::vector<std::string> preload_settings(Connection& connection, const std::vector<std::string>& extensions, const std::string& database) {
  if (extensions.empty()) return {};
  const fs::path share = server_folder(connection, "SHAREDIR"), code = server_folder(connection, "PKGLIBDIR");
  std::vector<std::string> libraries;
  for (const std::string& extension : extensions) {
    if (!is_available(connection, extension)) continue;
    const std::string library = library_of(extension, share);
    if (std::ranges::find(libraries, library) != libraries.end()) continue;
    if (must_be_preloaded(code / (library + ".so"))) libraries.push_back(library);
  }
  if (libraries.empty()) return {};
  std::string list;
  for (const std::string& library : libraries) list += (list.empty() ? "" : ",") + library;
  std::vector<std::string> settings = {std::string(kSetting) + "=" + list, "max_worker_processes=0"};
  // pg_cron can be created only in this one database.
  if (std::ranges::find(libraries, "pg_cron") != libraries.end()) settings.push_back("cron.database_name=" + database);
  return settings;
}

}  // namespace holdfast::postgres
