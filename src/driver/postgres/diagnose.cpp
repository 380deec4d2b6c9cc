#include "driver/postgres/diagnose.hpp"

#include "base/confinement.hpp"
#include "driver/postgres/client/reach.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

namespace {

using State = Finding::State;

Finding programs(const std::string& program, const std::string& purpose, State if_missing, const std::string& bin_dir, Context& context) {
  std::string versions;
  for (const Tools& tools : find_tools(program, bin_dir, context)) {
    versions += (versions.empty() ? "" : ", ") + std::to_string(tools.major) + " in " + tools.directory;
  }
  const std::string where = bin_dir.empty() ? "" : " in " + bin_dir;
  if (versions.empty()) return {if_missing, program, "not found" + where + ": " + purpose};
  return {State::ok, program, versions};
}

Finding fences() {
  const Confinement fences({}, Confinement::Programs::none);
  if (fences.missing().empty()) return {State::ok, "fences of a scratch server", "all: programs, network, files"};
  std::string missing;
  for (const std::string& fence : fences.missing()) missing += (missing.empty() ? "" : "; ") + fence;
  return {State::warning, "fences of a scratch server", "a superuser in it is not kept apart: this kernel has no " + missing};
}

void examine_database(const ConnInfo& info, const std::string& bin_dir, Context& context, std::vector<Finding>& findings) {
  Connection connection(info, context);
  const std::string database = "database " + quote_identifier(connection.database());
  findings.push_back({State::ok, database, "reachable, PostgreSQL " + connection.server_version_text()});
  try {
    const Tools tools = tools_for_server(connection.server_version(), bin_dir, context);
    findings.push_back({State::ok, "pg_dump for it", tools.path("pg_dump")});
  } catch (const Error& error) {
    findings.push_back({State::missing, "pg_dump for it", error.message()});
  }
  std::size_t readable = 0, unreadable = 0;
  std::string example;
  for (const TableName& table : list_tables(connection)) {
    const bool whole = table.readable && !table.filtered;
    ++(whole ? readable : unreadable);
    if (!whole && example.empty()) example = qualified(table.schema, table.name);
  }
  if (unreadable == 0) {
    findings.push_back({State::ok, "privileges", "all " + std::to_string(readable) + " tables can be read"});
  } else {
    findings.push_back(
        {State::missing, "privileges", std::to_string(unreadable) + " tables can't be read, or not all of their rows, e.g. " + example});
  }
}

}  // namespace

std::vector<Finding> diagnose(const Examined& examined, Context& context) {
  const std::string& bin_dir = examined.bin_dir;
  std::vector<Finding> findings = {
      programs("pg_dump", "needed to back up PostgreSQL (package postgresql-client)", State::missing, bin_dir, context),
      programs("pg_restore", "needed to export PostgreSQL backups as SQL (package postgresql-client)", State::warning, bin_dir, context),
      programs("postgres", "needed to prove restores without another server (package postgresql)", State::warning, bin_dir, context),
      fences()};
  if (examined.uri.empty()) return findings;
  try {
    const ConnInfo info(examined.uri);
    while_reached(examined.password.empty() ? info : info.with_password(examined.password), examined.engine_socket, context,
                  [&](const ConnInfo& reached) { examine_database(reached, bin_dir, context, findings); });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    findings.push_back({State::missing, "database", error.message()});
  }
  return findings;
}

}  // namespace holdfast::postgres
