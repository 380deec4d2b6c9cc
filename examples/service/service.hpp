#pragma once

#include <holdfast/holdfast.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "health.hpp"
#include "log.hpp"
#include "settings.hpp"
#include "signals.hpp"
#include "state.hpp"

namespace service {

/// What a service does on a signal while an operation runs.
enum class OnSignal {
  finish,  ///< lets it end; a second signal cancels it
  cancel,  ///< cancels it; it cleans up
};

/// The loop, the signals, the health endpoint and the notifications that both services share.
class Service {
 public:
  struct Plan {
    std::string name;  ///< "postgres-backup"
    std::string work;  ///< "backup", for the log
    std::chrono::seconds interval;
    OnSignal on_signal;
  };
  Service(const Plan& plan, Settings settings, Log& log);

  /// Tests the database and the storage once, then calls `cycle` now and `interval` after each of its ends, until a
  /// signal arrives. An exception of `cycle` is a run that failed. Returns the exit status.
  int run(const std::function<void(holdfast::Context&)>& cycle);

  const Settings& settings() const noexcept { return settings_; }
  State& state() noexcept { return state_; }
  Log& log() noexcept { return log_; }

 private:
  void on_signal();
  void check_connections();
  void run_once(const std::function<void(holdfast::Context&)>& cycle);
  void wait();
  std::string metrics();
  void tell(holdfast::NoticeKind kind, const std::string& message);

  const Plan plan_;
  const Settings settings_;
  Log& log_;
  State state_;
  std::stop_source ending_, cancelling_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Signals signals_;
};

/// The main function of a service: reads the settings with `make`, runs, and turns a wrong configuration into exit
/// status 1. `--health` asks the running service instead.
int main_of(int argc, char** argv, const std::function<int(Variables&, Log&)>& start);

}  // namespace service
