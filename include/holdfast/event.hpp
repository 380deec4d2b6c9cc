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
  entry_finished,  ///< it is stored (or restored) completely
  warning,         ///< the work goes on, but the result is not quite what was asked
  log,             ///< detail for a person who looks closely
  begun,           ///< an operation began; `record` describes it
  ended,           ///< it ended, well or not; the last event of the operation
};

std::string to_string(EventKind kind);

/// One thing that happened, handed to the host while work runs. Holds no secret.
struct Event {
  EventKind kind = EventKind::log;
  std::string message;                                      ///< one line
  std::string object;                                       ///< entry, table or stored object it is about, if any
  std::uint64_t bytes_done = 0;                             ///< plain bytes read (backup) or written (restore) so far
  std::uint64_t bytes_total = 0;                            ///< estimate; 0 = unknown
  std::uint64_t bytes_stored = 0;                           ///< bytes put on storage so far
  std::vector<std::pair<std::string, std::string>> fields;  ///< further facts, e.g. {"connection", "2"}
  std::string operation;                                    ///< OperationRecord::id of the operation it belongs to; empty outside of one
  std::shared_ptr<const OperationRecord> record;            ///< of `begun` and `ended`
};

/// Receives events. `on_event` may be called from any thread, never from two at once for one operation.
/// It must return quickly and must not throw.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) noexcept = 0;
};

}  // namespace holdfast
