#pragma once

#include <optional>
#include <string>
#include <vector>

#include "holdfast/clock.hpp"
#include "holdfast/counts.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

/// Outcome of an operation, or `running`.
enum class Outcome {
  running,
  succeeded,
  warnings,   ///< it succeeded, with warnings
  faults,     ///< a verification found faults
  failed,     ///< it threw
  cancelled,  ///< the host asked it to stop
};
std::string to_string(Outcome outcome);

/// Record of one run of one operation, for metrics, audit and notifications. Contains no secret. The library emits it
/// twice: at the beginning of the operation with what is known then, and at its end with everything. docs/embedding.md
/// lists the operations and their counts.
struct OperationRecord {
  std::string id;                    ///< 12 hex digits; the same in both records and all events of the run
  std::string operation;             ///< "backup", "restore", "verify" …
  std::string repository;            ///< its URI
  std::string repository_id;         ///< 32 hex digits
  std::vector<std::string> sources;  ///< URIs of the sources; known once all sources were described
  std::string series;                ///< of a backup: its series (series_of), as soon as it is known; else empty
  std::vector<std::string> backups;  ///< ids of the backups that were made, read or removed
  std::string where;                 ///< the restore target, the destination repository of a copy, the key slot; for people
  TimePoint started{};               ///< by the host's clock
  TimePoint ended{};                 ///< epoch while it runs
  double seconds = 0;                ///< duration, independent of clock changes
  Outcome outcome = Outcome::running;
  std::optional<ErrorCode> error;  ///< of `failed` and `cancelled`
  std::string message;             ///< message of the error, one line
  Counts counts;
};

}  // namespace holdfast
