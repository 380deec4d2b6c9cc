#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

/// Returns whether an error is about the stored objects. All others (network, cancel, …) mean that they could not be
/// checked.
bool is_finding(const Error& error);

/// Collects the findings of checks of single objects. Safe from many threads.
class Findings {
 public:
  explicit Findings(VerifyReport& report) : report_(report) {}

  /// Runs the check of one object and counts it.
  template <typename Check>
  void check(const std::string& object, const Check& run) {
    try {
      run();
    } catch (const Error& error) {
      if (!is_finding(error)) throw;
      add(object, error.message());
    }
    const std::lock_guard lock(mutex_);
    ++report_.objects;
  }

  void add(const std::string& object, std::string what);
  void count_bytes(std::uint64_t bytes);
  bool any() const { return !faults_.empty(); }  ///< valid once all checks are done

  /// Adds the findings to the report, in an order that does not depend on the threads.
  void finish();

 private:
  VerifyReport& report_;
  std::vector<Fault> faults_;
  std::mutex mutex_;
};

/// Checks every key slot as far as possible without a key.
void check_slots(Storage& storage, const RepositoryInfo& info, Findings& findings);

}  // namespace holdfast
