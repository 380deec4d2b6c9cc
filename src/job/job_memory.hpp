#pragma once

#include <filesystem>
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

  JobMemoryState recall() const;
  void save(const JobMemoryState& state);

 private:
  std::filesystem::path folder_;
  std::string job_;
  std::shared_ptr<Storage> storage_;
};

}  // namespace holdfast
