#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "holdfast/context.hpp"
#include "holdfast/schedule.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// What a run leaves for the next one, on this machine. docs/jobs.md describes its bytes.
struct JobMemoryState {
  std::optional<TimePoint> known;             ///< since when this machine knows the job: what was due before is not late
  std::optional<TimePoint> started;           ///< when the last run began
  std::optional<Outcome> outcome;             ///< of the last run that ended
  std::map<std::string, TimePoint> verified;  ///< when a verification with a schedule of its own ran last, by its name
  std::vector<std::string> alerts;            ///< that people were told about
};

/// Returns what is known of a job; nothing if it never ran. Writes nothing.
JobMemoryState recall(const std::filesystem::path& folder, const std::string& job);

/// The state of one job, and the right to run it.
class JobMemory {
 public:
  /// Makes the folder, for its owner only.
  JobMemory(const std::filesystem::path& folder, std::string job);

  /// Returns the right to run, which ends with the Fd; none if there is an earlier run and the policy says to leave
  /// this one out. With `queue`, waits for the earlier run, unless another one waits already. With `allow`, the Fd may
  /// be empty. Throws Error{cancelled}.
  std::optional<Fd> enter(Overlap overlap, const Context& context);

  /// Marks a run until the Fd ends. Several may be marked.
  Fd mark_run() const;
  /// Returns whether a run is marked, in any process.
  bool runs() const;

  JobMemoryState recall() const;
  /// Replaces the state by what `change` makes of it, unless that throws. Runs and judges of the same job in other
  /// threads and processes wait meanwhile. Returns the new state.
  JobMemoryState change(const std::function<void(JobMemoryState& state)>& change);

 private:
  void save(const JobMemoryState& state);

  std::filesystem::path folder_;
  std::string job_;
  std::shared_ptr<Storage> storage_;
};

}  // namespace holdfast
