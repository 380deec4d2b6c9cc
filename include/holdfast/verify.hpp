#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/counts.hpp"
#include "holdfast/fault.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/mask.hpp"
#include "holdfast/option.hpp"

namespace holdfast {

enum class VerifyLevel {
  quick,    ///< every object that the manifest names exists with its size
  full,     ///< every stored byte is read, decoded and compared with its hashes
  restore,  ///< restored into a scratch target and compared with what was read at backup time
};

std::string to_string(VerifyLevel level);

/// One statement of the caller and its result.
struct QueryResult {
  std::string statement;
  bool ok = false;
  std::string result;  ///< rows as text, columns separated by tabs, at most 64 KiB; or the error
};

struct VerifyOptions {
  VerifyLevel level = VerifyLevel::quick;
  /// Level restore: name, URI or number of the only source to prove, as for source_index(). The result is then not
  /// recorded as the backup's proof, unless the backup has no other source. Empty: all sources.
  std::string source;
  std::string target;                ///< level restore: a server to use instead of a scratch one
  std::string restored;              ///< level restore: compare with this earlier restored database, only reading it
  std::vector<std::string> queries;  ///< level restore: SQL to run on the restored database, one or more statements each
  bool untrusted = false;            ///< level restore: as RestoreOptions::untrusted
  /// Level restore: restore with this mask, or compare a database that was restored with it. Compares all that should
  /// be equal and counts the values that the mask replaced. The level is at most `restored`, and nothing is recorded.
  std::optional<MaskOptions> mask;
  Options driver;  ///< level restore: options of the drivers of the backup's sources
};

/// Result of a proof by a driver.
struct ProofReport {
  ProofLevel level = ProofLevel::stored;  ///< level reached
  Counts counts;                          ///< what was compared: for a database, tables and rows
  std::string where;                      ///< "a scratch PostgreSQL 15.18"
  std::vector<Fault> faults;
  std::vector<std::string> warnings;
  std::vector<QueryResult> queries;
  MaskReport mask;  ///< what was counted in place of a comparison
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
