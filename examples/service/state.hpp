#pragma once

#include <holdfast/clock.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "log.hpp"

namespace service {

/// What one service does at this moment, and what it has done. Safe from any thread.
class State {
 public:
  State(std::string service, Log& log) : service_(std::move(service)), log_(log) {}

  /// Enters a state of the service's state machine, and logs that.
  void enter(const std::string& state);
  std::string name() const;

  void succeeded();
  void failed(const std::string& why);
  void next_at(holdfast::TimePoint next);

  /// Returns whether the newest run did not fail.
  bool healthy() const;
  std::string json() const;     ///< one object on one line, without secrets
  std::string metrics() const;  ///< OpenMetrics text, without its "# EOF"

 private:
  const std::string service_;
  Log& log_;
  mutable std::mutex mutex_;
  std::string state_;
  holdfast::TimePoint since_{};
  std::uint64_t runs_ = 0, failures_ = 0;
  std::optional<holdfast::TimePoint> last_success_, next_;
  std::string last_error_;  // of the newest run; empty if it succeeded
};

}  // namespace service
