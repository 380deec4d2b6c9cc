#include "driver/postgres/client/tools.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "holdfast/error.hpp"

namespace holdfast::postgres {

namespace fs = std::filesystem;

namespace {

// Variables that libpq uses for what a URI leaves open: the program must reach the same server. PGPASSWORD is excluded,
// because on some systems another user's `ps` shows the environment.
constexpr std::array kConnectionVariables = {
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGPASSFILE",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSSLMODE",
    "PGREQUIRESSL",
    "PGSSLNEGOTIATION",
    "PGSSLCOMPRESSION",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGSSLCERTMODE",
    "PGSSLROOTCERT",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLSNI",
    "PGREQUIREPEER",
    "PGREQUIREAUTH",
    "PGSSLMINPROTOCOLVERSION",
    "PGSSLMAXPROTOCOLVERSION",
    "PGGSSENCMODE",
    "PGKRBSRVNAME",
    "PGGSSLIB",
    "PGGSSDELEGATION",
    "PGCHANNELBINDING",
    "PGCONNECT_TIMEOUT",
    "PGCLIENTENCODING",
    "PGTARGETSESSIONATTRS",
    "PGLOADBALANCEHOSTS",
    "PGSYSCONFDIR",
    "PGLOCALEDIR",
    "KRB5CCNAME",
    "KRB5_CONFIG",
    "KRB5_CLIENT_KTNAME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "OPENSSL_CONF",
};

// In libpq's format: one line for any server, database and user.
std::string password_file(const std::string& password) {
  std::string line = "*:*:*:*:";
  for (const char c : password) {
    if (c == ':' || c == '\\') line += '\\';
    line += c;
  }
  if (line.find('\n') != std::string::npos) {
    throw Error(ErrorCode::invalid_argument, "the password of the database has a line break, which a password file can't hold");
  }
  return line + "\n";
}

// The version directories of the usual packages come before the search path, which on Debian contains a wrapper script.
std::vector<fs::path> candidate_directories(const Context& context) {
  std::vector<fs::path> result;
  for (const char* root : {"/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"}) {
    std::error_code ignored;
    for (const auto& version : fs::directory_iterator(root, ignored)) result.push_back(version.path() / "bin");
  }
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr", ignored)) {
    if (entry.path().filename().string().starts_with("pgsql-")) result.push_back(entry.path() / "bin");
  }
  result.insert(result.end(), context.host.program_path.begin(), context.host.program_path.end());
  for (const char* usual : {"/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"}) result.emplace_back(usual);
  return result;
}

// For "pg_dump (PostgreSQL) 15.18 (Debian …)", "9.6.24", "18beta1": the number before the first character that is no
// digit.
int major_version(const std::string& path, const Context& context) {
  constexpr std::string_view kProduct = "(PostgreSQL) ";
  const CommandResult result = run_command({.argv = {path, "--version"}}, context, {}, 4096);
  const std::size_t at = result.output.find(kProduct);
  if (result.status != 0 || at == std::string::npos) return 0;
  return std::atoi(result.output.c_str() + at + kProduct.size());
}

[[noreturn]] void throw_no_tools(const std::string& program, int wanted, const std::string& purpose, const std::string& only,
                                 const Context& context) {
  const std::vector<Tools> found = find_tools(program, only, context);
  const std::string where = only.empty() ? "" : " in " + only;
  const std::string advice = "install postgresql-client-" + std::to_string(wanted) + " or newer, or put its folder into PATH";
  if (found.empty()) throw Error(ErrorCode::not_found, "no " + program + " found" + where + ": " + advice);
  throw Error(ErrorCode::unsupported,
              program + " " + std::to_string(found.front().major) + where + " is too old for " + purpose + ": " + advice);
}

}  // namespace

std::vector<Tools> find_tools(const std::string& program, const std::string& only, const Context& context, int enough) {
  std::vector<Tools> found;
  std::vector<fs::path> directories = only.empty() ? candidate_directories(context) : std::vector<fs::path>{only};
  // Asks the folder that is named after the wanted version first; often no other is needed.
  std::stable_partition(directories.begin(), directories.end(),
                        [&](const fs::path& directory) { return directory.parent_path().filename() == std::to_string(enough); });
  for (const fs::path& directory : directories) {
    const std::string path = directory / program;
    if (find_program(path, context).empty()) continue;
    const int major = major_version(path, context);
    if (major != 0) found.push_back({directory, major});
    if (major == enough && enough != 0) break;
  }
  std::stable_sort(found.begin(), found.end(), [](const Tools& a, const Tools& b) { return a.major > b.major; });
  return found;
}

std::optional<Tools> closest_tools(const std::string& program, int wanted, const std::string& only, const Context& context) {
  std::optional<Tools> closest;
  for (const Tools& tools : find_tools(program, only, context, wanted)) {
    if (tools.major >= wanted && (!closest || tools.major < closest->major)) closest = tools;
  }
  return closest;
}

Tools tools_for_server(int server_version, const std::string& only, const Context& context) {
  const int wanted = major_of(server_version);
  if (const auto closest = closest_tools("pg_dump", wanted, only, context)) return *closest;
  throw_no_tools("pg_dump", wanted, "a PostgreSQL " + std::to_string(wanted) + " server", only, context);
}

Tools tools_for_archive(int dump_major, int server_version, const std::string& only, const Context& context) {
  for (const int wanted : {std::max(dump_major, major_of(server_version)), dump_major}) {
    if (const auto closest = closest_tools("pg_restore", wanted, only, context)) return *closest;
  }
  throw_no_tools("pg_restore", dump_major, "this backup, whose definitions pg_dump " + std::to_string(dump_major) + " wrote", only,
                 context);
}

Command tool_command(const Tools& tools, const std::string& program, const ConnInfo& info, std::vector<std::string> arguments) {
  Command command;
  command.argv = {tools.path(program)};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.argv.push_back("--no-password");
  command.argv.push_back("--dbname=" + info.for_tool());
  command.environment = {{"PGAPPNAME", "holdfast " + program}, {"LC_MESSAGES", "C"}, {"LC_ALL", "C.UTF-8"}, {"PGOPTIONS", ""}};
  command.pass.insert(command.pass.end(), kConnectionVariables.begin(), kConnectionVariables.end());
  if (const std::string password = info.effective_password(); !password.empty()) {
    auto file = std::make_shared<const MemoryFile>(as_bytes(password_file(password)));
    command.environment.emplace_back("PGPASSFILE", file->path());
    command.files.push_back(std::move(file));
  }
  return command;
}

}  // namespace holdfast::postgres
