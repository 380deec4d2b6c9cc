#include "operations/recorded.hpp"

#include "base/caught_error.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/history.hpp"

namespace holdfast {

namespace {

std::string random_id(const Context& context) { return to_hex(context.random_bytes(6)); }

// Without a listener, draws no random bytes. The id is short enough to be copied without an allocation, because
// Context::emit() must not throw.
std::string new_id(const Context& context) { return context.events == nullptr ? "" : random_id(context); }

OperationRecord begun(const Context& context, std::string name, const RepositoryInfo& repository) {
  OperationRecord record;
  record.id = new_id(context);
  record.operation = std::move(name);
  record.repository = repository.uri;
  record.repository_id = repository.id;
  record.started = context.now();
  return record;
}

}  // namespace

std::string to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::running: return "running";
    case Outcome::succeeded: return "succeeded";
    case Outcome::warnings: return "warnings";
    case Outcome::faults: return "faults";
    case Outcome::failed: return "failed";
    case Outcome::cancelled: return "cancelled";
  }
  return "unknown";
}

RecordedOperation::RecordedOperation(Context& context, std::string name, Layout& layout, Traces traces)
    : context_(context),
      layout_(layout),
      kept_(traces.kept),
      record_(begun(context, std::move(name), layout.info())),
      counted_(std::in_place, context, record_.id),
      warnings_before_(context.warnings()) {
  if (traces.audited) audited_.emplace(layout, context);
  emit(EventKind::begun);
}

RecordedOperation::~RecordedOperation() { end_failed(context_.cancelled() ? Outcome::cancelled : Outcome::failed); }

void RecordedOperation::begin() {
  if (audited_) audited_->begin(record_);
}

void RecordedOperation::succeed() {
  const bool warned = context_.warnings() != warnings_before_;
  const Outcome outcome = record_.outcome != Outcome::running ? record_.outcome : warned ? Outcome::warnings : Outcome::succeeded;
  set_ended(outcome);
  if (audited_) audited_->end(record_);
  if (outcome == Outcome::succeeded && context_.warnings() != warnings_before_) record_.outcome = Outcome::warnings;
  end();
}

void RecordedOperation::fail() noexcept {
  if (ended_) return;
  try {
    throw;
  } catch (const Error& error) {
    record_.error = error.code();
    try {
      record_.message = error.message();
    } catch (const std::bad_alloc&) {  // the code is sufficient
    }
  } catch (...) {
    record_.error = ErrorCode::internal;
  }
  end_failed(record_.error == ErrorCode::cancelled ? Outcome::cancelled : Outcome::failed);
}

void RecordedOperation::end_failed(Outcome outcome) noexcept {
  if (ended_) return;
  set_ended(outcome);
  if (audited_) audited_->end_failed(record_);
  end();
}

void RecordedOperation::set_ended(Outcome outcome) noexcept {
  retries_ = retried_->count();
  record_.outcome = outcome;
  record_.ended = context_.now();
  record_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

void RecordedOperation::end() noexcept {
  ended_ = true;
  keep();
  emit(EventKind::ended);
  counted_.reset();
}

void RecordedOperation::count_troubles() {
  record_.counts["warnings"] = context_.warnings() - warnings_before_;
  if (retries_ != 0) record_.counts["retries"] = retries_;
}

bool RecordedOperation::is_worth_keeping() const noexcept {
  if (kept_ == Kept::no || (kept_ == Kept::unless_it_succeeds && record_.outcome == Outcome::succeeded)) return false;
  // A storage that does not answer would let the caller wait for its deadline once more. Until a backup knows its
  // sources, only they were asked.
  const bool unanswered = record_.error == ErrorCode::network || record_.error == ErrorCode::timeout;
  return !unanswered || (record_.operation == "backup" && record_.sources.empty());
}

// The operation is over, with its result: a history that can't be written does not change it.
void RecordedOperation::keep() noexcept {
  if (!is_worth_keeping()) return;
  try {
    if (record_.id.empty()) record_.id = random_id(context_);
    count_troubles();
    keep_in_history(layout_, record_, context_);
  } catch (...) {
    tell_unkept();
  }
}

// An operation that failed has told its own error, which is often the same. On a full storage, an operation that frees
// space has done what it was asked for.
void RecordedOperation::tell_unkept() noexcept {
  const bool over = record_.outcome == Outcome::failed || record_.outcome == Outcome::cancelled;
  try {
    const Error error = caught_error();
    const std::string text = "this operation has no record in the history: " + error.message();
    if (over || (error.code() == ErrorCode::no_space && frees_space(record_.operation))) return context_.log(text);
    context_.warn(text);
    if (record_.outcome == Outcome::succeeded) record_.outcome = Outcome::warnings;
  } catch (const std::bad_alloc&) {  // the operation's own result is not affected
  }
}

void RecordedOperation::emit(EventKind kind) noexcept {
  if (context_.events == nullptr) return;
  try {
    if (kind == EventKind::ended) count_troubles();
    Event event{.kind = kind, .message = record_.operation, .operation = record_.id, .record = std::make_shared<OperationRecord>(record_)};
    if (kind == EventKind::ended && audited_ && audited_->put())
      event.fields = {{"audit_record", std::to_string(audited_->put()->number)}, {"audit_sha256", audited_->put()->sha256}};
    context_.emit(std::move(event));
  } catch (...) {  // no memory for a record, or the host's handler throws: the operation itself continues
  }
}

Counts counts_of(const BackupInfo& made) {
  return {{"entries", made.entries}, {"plain_bytes", made.plain_bytes}, {"stored_bytes", made.stored_bytes}};
}

void describe(OperationRecord& record, const BackupInfo& made) {
  record.backups = {made.id};
  record.series = series_of(made);
  record.counts = counts_of(made);
}

void describe(OperationRecord& record, const VerifyReport& report) {
  if (!report.id.empty()) record.backups.push_back(report.id);
  if (!report.ok()) record.outcome = Outcome::faults;
  record.counts["objects"] += report.objects;
  record.counts["bytes"] += report.bytes;
  record.counts["faults"] += report.faults.size() + report.proof.faults.size();
  record.counts += report.proof.counts;
}

}  // namespace holdfast
