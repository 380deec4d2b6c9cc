#include "operations/recorded.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/layout.hpp"

namespace holdfast {

namespace {

// Without a listener, draws no random bytes. The id is short enough to be copied without an allocation, because
// Context::emit() must not throw.
std::string new_id(const Context& context) { return context.events == nullptr ? "" : to_hex(context.random_bytes(6)); }

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

RecordedOperation::RecordedOperation(Context& context, std::string name, const RepositoryInfo& repository)
    : context_(context),
      record_(begun(context, std::move(name), repository)),
      counted_(std::in_place, context, record_.id),
      warnings_before_(context.warnings()) {
  emit(EventKind::begun);
}

RecordedOperation::RecordedOperation(Context& context, std::string name, Layout& layout)
    : RecordedOperation(context, std::move(name), layout.info()) {
  audited_.emplace(layout, context);
}

RecordedOperation::~RecordedOperation() {
  if (ended_) return;
  set_ended(context_.cancelled() ? Outcome::cancelled : Outcome::failed);
  if (audited_) audited_->end_failed(record_);
  end();
}

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
  set_ended(record_.error == ErrorCode::cancelled ? Outcome::cancelled : Outcome::failed);
  if (audited_) audited_->end_failed(record_);
  end();
}

void RecordedOperation::set_ended(Outcome outcome) noexcept {
  record_.outcome = outcome;
  record_.ended = context_.now();
  record_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

void RecordedOperation::end() noexcept {
  ended_ = true;
  emit(EventKind::ended);
  counted_.reset();
}

void RecordedOperation::emit(EventKind kind) noexcept {
  if (context_.events == nullptr) return;
  try {
    if (kind == EventKind::ended) record_.counts["warnings"] = context_.warnings() - warnings_before_;
    Event event{.kind = kind, .message = record_.operation, .operation = record_.id, .record = std::make_shared<OperationRecord>(record_)};
    if (kind == EventKind::ended && audited_ && audited_->put())
      event.fields = {{"audit_record", std::to_string(audited_->put()->number)}, {"audit_sha256", audited_->put()->sha256}};
    context_.emit(std::move(event));
  } catch (const std::exception&) {  // no memory for a record: the operation itself continues
  }
}

Counts counts_of(const BackupInfo& made) {
  return {{"entries", made.entries}, {"plain_bytes", made.plain_bytes}, {"stored_bytes", made.stored_bytes}};
}

void describe(OperationRecord& record, const BackupInfo& made) {
  record.backups = {made.id};
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
