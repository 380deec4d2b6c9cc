#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/operation.hpp"

namespace holdfast {

enum class EventKind {
  phase,           ///< a new step of the work began; `message` names it
  progress,        ///< the counters moved
  entry_started,   ///< an entry (a table's range, a file) began
  entry_finished,  ///< the entry is stored (or restored) completely
  warning,         ///< the work continues, but the result is not exactly what was asked for
  log,             ///< detail for troubleshooting
  begun,           ///< an operation began; `record` describes it
  ended,           ///< the operation ended, successfully or not; its last event
};

std::string to_string(EventKind kind);

/// One event, passed to the host while an operation runs. Contains no secret.
struct Event {
  EventKind kind = EventKind::log;
  std::string message;                                      ///< one line
  std::string object;                                       ///< the entry, table or stored object concerned, if any
  std::uint64_t bytes_done = 0;                             ///< plain bytes read (backup) or written (restore) so far
  std::uint64_t bytes_total = 0;                            ///< estimate; 0 = unknown
  std::uint64_t bytes_stored = 0;                           ///< bytes written to storage so far
  std::vector<std::pair<std::string, std::string>> fields;  ///< further facts, e.g. {"connection", "2"}
  std::string operation;                                    ///< OperationRecord::id of its operation, if any
  std::shared_ptr<const OperationRecord> record;            ///< only for `begun` and `ended`
};

/// Receives events. `on_event` may be called from any thread, but never from two threads at once for one operation. It
/// must return quickly and must not throw.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) noexcept = 0;
};

}  // namespace holdfast
