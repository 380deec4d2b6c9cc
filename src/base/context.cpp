#include "holdfast/context.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <thread>

#include "base/raw.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

std::int64_t monotonic_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string to_string(EventKind kind) {
  switch (kind) {
    case EventKind::phase: return "phase";
    case EventKind::progress: return "progress";
    case EventKind::entry_started: return "entry_started";
    case EventKind::entry_finished: return "entry_finished";
    case EventKind::warning: return "warning";
    case EventKind::log: return "log";
    case EventKind::begun: return "begun";
    case EventKind::ended: return "ended";
  }
  return "unknown";
}

Random& system_random() noexcept {
  class SystemRandom final : public Random {
   public:
    void fill(std::span<std::byte> out) override {
      if (RAND_bytes(raw(out.data()), static_cast<int>(out.size())) != 1) {
        throw Error(ErrorCode::internal, "the system's random generator failed: no key or salt can be made safely");
      }
    }
  };
  static SystemRandom random;
  return random;
}

Context::Operation::Operation(const Context& context, std::string id) noexcept : context_(context) {
  const std::lock_guard lock(context.mutex_);  // no event until all are set
  if (context.operations_++ != 0) return;
  context.operation_id_ = std::move(id);
  context.bytes_done_ = 0;
  context.bytes_stored_ = 0;
  context.bytes_total_ = 0;
  context.last_report_ = 0;
}

Context::Operation::~Operation() {
  const std::lock_guard lock(context_.mutex_);
  if (--context_.operations_ == 0) context_.operation_id_.clear();
}

void Context::check() const {
  if (cancelled()) throw Error(ErrorCode::cancelled, "cancelled");
}

Bytes Context::random_bytes(std::size_t count) const {
  Bytes bytes(count);
  host.random->fill(bytes);
  return bytes;
}

unsigned Context::jobs() const noexcept {
  if (limits.jobs != 0) return limits.jobs;
  // One more than the cores: while one stream waits for its server, another computes.
  return std::clamp(std::thread::hardware_concurrency() + 1, 2U, 8U);
}

void Context::emit(Event event) const noexcept {
  if (event.kind == EventKind::warning) ++warnings_;
  if (events == nullptr) return;
  const std::lock_guard lock(mutex_);
  event.bytes_done = bytes_done_;  // read under the lock: no event reports less than an earlier one
  event.bytes_total = bytes_total_;
  event.bytes_stored = bytes_stored_;
  if (event.operation.empty()) event.operation = operation_id_;  // short: does not allocate
  events->on_event(event);
}

void Context::phase(std::string message) const noexcept { emit({.kind = EventKind::phase, .message = std::move(message)}); }

void Context::warn(std::string message, std::string object) const noexcept {
  emit({.kind = EventKind::warning, .message = std::move(message), .object = std::move(object)});
}

void Context::log(std::string message) const noexcept { emit({.kind = EventKind::log, .message = std::move(message)}); }

void Context::add_progress(std::uint64_t plain_bytes, std::uint64_t stored_bytes) const noexcept {
  bytes_done_ += plain_bytes;
  bytes_stored_ += stored_bytes;
  if (events == nullptr) return;
  const std::int64_t now_ms = monotonic_ms();
  std::int64_t last = last_report_;
  if (now_ms - last < 100 || !last_report_.compare_exchange_strong(last, now_ms)) return;
  emit({.kind = EventKind::progress});
}

}  // namespace holdfast
