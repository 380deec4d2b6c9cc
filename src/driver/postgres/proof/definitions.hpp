#pragma once

#include <functional>
#include <set>
#include <string>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/restore/restore_plan.hpp"
#include "holdfast/verify.hpp"

namespace holdfast::postgres {

/// The schema into which the proof puts the extension amcheck, unless the backup has it.
inline constexpr const char* kAmcheckSchema = "holdfast_amcheck";
bool brings_amcheck(const pg_archive::ArchiveToc& toc);

/// Reads the definitions of a database, as pg_dump writes them.
using DumpDefinitions = std::function<pg_archive::ArchiveToc(const ConnInfo&)>;
struct Reference {
  pg_archive::ArchiveToc toc;
  std::set<std::string> missing;  ///< objects that could not be restored
};
/// Restores the backup's definitions, without rows, into a new database on a server of the same major version as the
/// restored one, and reads them with `dump`. Removes the database. Throws Error if that is not possible.
using ReferenceDefinitions = std::function<Reference(const DumpDefinitions& dump)>;

struct DefinitionsCheck {
  const RestorePlan& plan;
  bool with_owner = true;
  const std::string& bin_dir;
  ReferenceDefinitions reference;
};

/// Compares the definitions of the restored database with the backup's. A server prints some definitions differently
/// from the text that made them, so a difference of the texts counts only if the restored database also differs from a
/// reference, which went through the server the same way.
void compare_definitions(Connection& connection, const ConnInfo& restored, const DefinitionsCheck& check, ProofReport& report,
                         Context& context);

}  // namespace holdfast::postgres
