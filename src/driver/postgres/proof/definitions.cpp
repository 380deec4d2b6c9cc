#include "driver/postgres/proof/definitions.hpp"

#include <algorithm>
#include <set>

#include "driver/postgres/archive/archive_compare.hpp"
#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/restore/entries.hpp"
#include "driver/postgres/restore/preflight.hpp"
#include "driver/postgres/restore/role_lists.hpp"

namespace holdfast::postgres {

using pg_archive::view;

namespace {

// Without the right to create roles, the verifying role owns everything, so owners and grants are not compared.
void forget_owners(pg_archive::ArchiveToc& toc) {
  std::erase_if(toc.entries, [](const pg_archive::TocEntry& entry) { return view(entry.desc).ends_with("ACL"); });
  for (pg_archive::TocEntry& entry : toc.entries) entry.owner.reset();
}

// If the server lacks one of the backup's tablespaces, the restore used none of them.
void forget_tablespaces(pg_archive::ArchiveToc& toc) {
  for (pg_archive::TocEntry& entry : toc.entries) entry.tablespace.reset();
}

void forget_amcheck(pg_archive::ArchiveToc& toc) {
  std::erase_if(toc.entries, [](const pg_archive::TocEntry& entry) {
    return view(entry.tag) == "amcheck" || view(entry.tag) == "EXTENSION amcheck" || view(entry.tag) == kAmcheckSchema;
  });
}

// The server sorts default privileges by the OIDs of the roles, which differ from server to server.
void sort_default_privileges(pg_archive::ArchiveToc& toc) {
  for (pg_archive::TocEntry& entry : toc.entries) {
    if (view(entry.desc) != "DEFAULT ACL") continue;
    std::vector<std::string> statements = split_statements(view(entry.definition));
    std::ranges::sort(statements);
    std::string definition;
    for (const std::string& statement : statements) definition += statement + ";\n";
    entry.definition = std::move(definition);
  }
}

// pg_dump writes a policy's roles in the order in which the server stores roles.
void sort_roles_of_policies(pg_archive::ArchiveToc& toc) {
  for (pg_archive::TocEntry& entry : toc.entries) {
    if (view(entry.desc) != "POLICY") continue;
    entry.definition =
        change_roles_after(view(entry.definition), " TO ", [](std::vector<std::string>& roles) { std::ranges::sort(roles); });
  }
}

// Removes what a proof does not compare.
class Normalizer {
 public:
  Normalizer(Connection& connection, const DefinitionsCheck& check)
      : with_owner_(check.with_owner),
        with_amcheck_(brings_amcheck(check.plan.toc)),
        with_tablespaces_(missing_tablespaces(connection, check.plan).empty()) {}

  pg_archive::ArchiveToc operator()(pg_archive::ArchiveToc toc) const {
    if (!with_amcheck_) forget_amcheck(toc);
    if (!with_owner_) forget_owners(toc);
    if (!with_tablespaces_) forget_tablespaces(toc);
    sort_default_privileges(toc);
    sort_roles_of_policies(toc);
    return toc;
  }

 private:
  bool with_owner_, with_amcheck_, with_tablespaces_;
};

pg_archive::ArchiveToc dump_definitions(const Tools& tools, const ConnInfo& info, const std::string& encoding, Context& context) {
  const std::vector<std::string> arguments = {"--format=custom", "--compress=0", "--schema-only", "--encoding=" + encoding};
  const CommandResult dump = run_command(tool_command(tools, "pg_dump", info, arguments), context, {}, std::size_t{2} << 30);
  if (dump.status != 0) throw Error(ErrorCode::target, "pg_dump of the restored database failed: " + dump.errors);
  const std::unique_ptr<Reader> reader = memory_reader(as_bytes(dump.output));
  return pg_archive::read_toc(*reader);
}

// Objects that the reference lacks count as they were recorded.
pg_archive::ArchiveToc with_missing(Reference reference, const pg_archive::ArchiveToc& recorded) {
  for (const pg_archive::TocEntry& entry : recorded.entries) {
    if (reference.missing.contains(describe(entry))) reference.toc.entries.push_back(entry);
  }
  return std::move(reference.toc);
}

}  // namespace

bool brings_amcheck(const pg_archive::ArchiveToc& toc) {
  return std::ranges::any_of(toc.entries,
                             [](const auto& entry) { return view(entry.desc) == "EXTENSION" && view(entry.tag) == "amcheck"; });
}

void compare_definitions(Connection& connection, const ConnInfo& restored, const DefinitionsCheck& check, ProofReport& report,
                         Context& context) {
  const RestorePlan& plan = check.plan;
  if (!plan.everything) return;
  const int wanted = major_of(connection.server_version());
  const std::optional<Tools> tools = closest_tools("pg_dump", wanted, check.bin_dir, context);
  if (!tools) {
    report.warnings.push_back("definitions were not compared: no pg_dump " + std::to_string(wanted) + " or newer is installed");
    return;
  }
  const Normalizer normalized(connection, check);
  const std::string encoding = session_encoding(plan.catalog.encoding);
  const DumpDefinitions dump = [&](const ConnInfo& info) { return normalized(dump_definitions(*tools, info, encoding, context)); };
  const pg_archive::ArchiveToc recorded = normalized(plan.toc), actual = dump(restored);
  std::vector<pg_archive::SchemaDifference> differences = pg_archive::compare_schemas(recorded, actual);
  if (differences.empty()) return;
  // Another pg_dump or major version writes the same definition differently: then a difference is a hint, not a fault.
  bool comparable =
      wanted == major_of(plan.catalog.server_version) && view(recorded.header.dump_version) == view(actual.header.dump_version);
  try {
    context.phase("restoring the definitions once more, to compare what the server prints");
    std::set<std::string> different;
    for (const auto& difference : differences) different.insert(difference.object);
    differences = pg_archive::compare_schemas(with_missing(check.reference(dump), recorded), actual);
    // The reference may be incomplete: what equals the backup's text is equal, too.
    std::erase_if(differences, [&](const auto& difference) { return !different.contains(difference.object); });
    comparable = true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    report.warnings.push_back("definitions were compared by their text only: " + error.message());
  }
  for (auto& [object, what] : differences) {
    if (comparable) {
      report.faults.push_back({std::move(object), std::move(what)});
    } else {
      report.warnings.push_back(object + ": " + what);
    }
  }
}

}  // namespace holdfast::postgres
