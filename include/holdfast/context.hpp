#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "holdfast/bytes.hpp"
#include "holdfast/event.hpp"
#include "holdfast/host_services.hpp"

namespace holdfast {

/// Bounds of one operation.
struct Limits {
  unsigned jobs = 0;                             ///< parallel streams; 0 = cores plus one, at most 8
  std::uint64_t bandwidth_bytes_per_second = 0;  ///< bytes written to storage; 0 = no limit
  std::chrono::seconds connect_timeout{30};      ///< limit for connecting to a server
  std::chrono::seconds stall_timeout{300};       ///< longest time without data from a server or program
  std::chrono::seconds lock_timeout{60};         ///< longest wait for a database lock
};

/// One call of a host: its limits, its cancellation and the receiver of its events, with the services that the host
/// lends to all its calls. May serve several calls, one after another.
class Context {
 public:
  Context() = default;
  explicit Context(HostServices services) : host(std::move(services)) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  HostServices host;
  std::stop_token stop;         ///< request stop on its source to cancel
  EventSink* events = nullptr;  ///< borrowed; may be null
  Limits limits;

  bool cancelled() const noexcept { return stop.stop_requested(); }
  /// Throws Error{cancelled} once a stop was requested.
  void check() const;
  TimePoint now() const { return host.clock->now(); }
  Bytes random_bytes(std::size_t count) const;
  unsigned jobs() const noexcept;

  void emit(Event event) const noexcept;
  void phase(std::string message) const noexcept;
  void warn(std::string message, std::string object = {}) const noexcept;
  void log(std::string message) const noexcept;

  /// Adds to the counters and reports them, at most ten times a second. Any thread.
  void add_progress(std::uint64_t plain_bytes, std::uint64_t stored_bytes) const noexcept;
  void expect_bytes(std::uint64_t total) const noexcept { bytes_total_ = total; }
  std::uint64_t warnings() const noexcept { return warnings_; }      ///< of all operations so far
  std::uint64_t bytes_done() const noexcept { return bytes_done_; }  ///< of the last operation

  /// Each operation holds one while it runs. It resets the counters, and events carry its id. If another operation
  /// already runs in this context, the new one becomes part of it, or shares its counters and id.
  class Operation {
   public:
    explicit Operation(const Context& context, std::string id = {}) noexcept;
    ~Operation();
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

   private:
    const Context& context_;
  };

 private:
  mutable std::mutex mutex_;  // serialises the sink
  mutable std::atomic<std::uint64_t> bytes_done_{0};
  mutable std::atomic<std::uint64_t> bytes_stored_{0};
  mutable std::atomic<std::uint64_t> bytes_total_{0};
  mutable std::atomic<std::uint64_t> warnings_{0};
  mutable std::atomic<std::int64_t> last_report_{0};
  mutable unsigned operations_ = 0;  // both under mutex_
  mutable std::string operation_id_;
};

}  // namespace holdfast
