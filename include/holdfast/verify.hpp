#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/counts.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/option.hpp"

namespace holdfast {

enum class VerifyLevel {
  quick,    ///< every object the manifest names is there with its size
  full,     ///< every stored byte is read, decoded and compared with its hashes
  restore,  ///< restored into a scratch target and compared with what was read at backup time
};

std::string to_string(VerifyLevel level);

/// One thing that is wrong: which stored object or restored table, and what about it.
struct Fault {
  std::string object;
  std::string what;
};

/// One statement of the caller's and what came of it.
struct QueryResult {
  std::string statement;
  bool ok = false;
  std::string result;  ///< rows as text, columns split by tabs, at most 64 KiB; or the error
};

struct VerifyOptions {
  VerifyLevel level = VerifyLevel::quick;
  std::string target;                ///< level restore: a server to use instead of a throw-away one
  std::string restored;              ///< level restore: compare this database, restored earlier, instead of restoring; it is only read
  std::vector<std::string> queries;  ///< level restore: SQL to run on the restored database, one or more statements each
  bool untrusted = false;            ///< level restore: as RestoreOptions::untrusted
  Options driver;                    ///< level restore: options of the drivers of the backup's sources
};

/// What a driver found out by restoring.
struct ProofReport {
  ProofLevel level = ProofLevel::stored;  ///< reached
  Counts counts;                          ///< the driver's, of what was compared: a database's tables and rows
  std::string where;                      ///< "a scratch PostgreSQL 15.18"
  std::vector<Fault> faults;
  std::vector<std::string> warnings;
  std::vector<QueryResult> queries;
  bool ok() const noexcept {
    return faults.empty() && std::all_of(queries.begin(), queries.end(), [](const QueryResult& query) { return query.ok; });
  }
};

struct VerifyReport {
  BackupId id;  ///< empty: the repository itself
  VerifyLevel level = VerifyLevel::quick;
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;  ///< stored bytes read
  double seconds = 0;
  std::vector<Fault> faults;
  ProofReport proof;  ///< level restore only
  bool ok() const noexcept { return faults.empty() && proof.ok(); }
};

}  // namespace holdfast
