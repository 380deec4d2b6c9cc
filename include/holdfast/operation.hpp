#pragma once

#include <optional>
#include <string>
#include <vector>

#include "holdfast/clock.hpp"
#include "holdfast/counts.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

/// How an operation ended, or that it is still running.
enum class Outcome {
  running,
  succeeded,
  warnings,   ///< it did its work, and warned
  faults,     ///< a verification found faults
  failed,     ///< it threw
  cancelled,  ///< the host asked it to stop
};
std::string to_string(Outcome outcome);

/// One run of one operation, for metrics, audit and notifications. Holds no secret. The library emits it twice: when the operation begins
/// (what is known then) and when it ends (everything). docs/embedding.md lists the operations and their counts.
struct OperationRecord {
  std::string id;                    ///< 12 hex digits; both records and all events of the run have it
  std::string operation;             ///< "backup", "restore", "verify" …
  std::string repository;            ///< its URI
  std::string repository_id;         ///< 32 hex digits
  std::vector<std::string> sources;  ///< URIs of what was backed up; known once all sources were described
  std::vector<std::string> backups;  ///< ids of the backups that were made, read or removed
  std::string where;                 ///< what was restored into, or the repository that was copied to; for people
  TimePoint started{};               ///< by the host's clock
  TimePoint ended{};                 ///< epoch while it runs
  double seconds = 0;                ///< how long it took, whatever the clock did
  Outcome outcome = Outcome::running;
  std::optional<ErrorCode> error;  ///< of `failed` and `cancelled`
  std::string message;             ///< the error's, one line
  Counts counts;
};

}  // namespace holdfast
