#include "operations/audited.hpp"

#include <algorithm>
#include <array>

#include "base/caught_error.hpp"
#include "base/hex.hpp"
#include "base/host_name.hpp"
#include "holdfast/error.hpp"
#include "repository/format.hpp"
#include "repository/layout.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

namespace {

AuditRecord record_of(const Context& context, const OperationRecord& operation, const std::string& id) {
  AuditRecord record = new_audit_record(context, operation.operation);
  record.operation = id;
  record.sources = operation.sources;
  record.backups = operation.backups;
  record.where = operation.where;
  record.outcome = to_string(operation.outcome);
  if (operation.error) record.error = to_string(*operation.error);
  record.message = operation.message;
  return record;
}

}  // namespace

bool frees_space(const std::string& operation) {
  constexpr std::array<std::string_view, 3> kFreeing{"remove", "expire", "gc"};
  return std::ranges::find(kFreeing, operation) != kFreeing.end();
}

AuditRecord new_audit_record(const Context& context, std::string action) {
  AuditRecord record;
  record.time = context.now();
  record.action = std::move(action);
  record.principal = context.host.principal;
  record.host = host_name();
  record.written_by = written_by();
  return record;
}

AuditedOperation::AuditedOperation(Layout& layout, Context& context) : layout_(layout), context_(context) {}

void AuditedOperation::append(const OperationRecord& operation) {
  const AuditRecord record = record_of(context_, operation, id_);
  const auto put = [&] { put_ = layout_.audit_trail().append(record, context_); };
  if (!frees_space(operation.operation)) return put();
  // On a full storage these need the reserve for their records, too.
  with_reserve(layout_.storage(), context_, put);
}

// A host's storage or signer may throw anything.
void AuditedOperation::append_or_throw_error(const OperationRecord& operation) {
  try {
    append(operation);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    throw caught_error();
  }
}

void AuditedOperation::read_policy(const OperationRecord& operation) {
  const auto head = layout_.audit_trail().head(context_);
  policy_ = head ? head->policy : AuditPolicy::off;
  if (policy_ != AuditPolicy::off) id_ = operation.id.empty() ? to_hex(context_.random_bytes(6)) : operation.id;
}

void AuditedOperation::note(const OperationRecord& operation) {
  read_policy(operation);
  end(operation);
}

void AuditedOperation::begin(const OperationRecord& operation) {
  read_policy(operation);
  if (policy_ != AuditPolicy::required) return;
  try {
    append_or_throw_error(operation);
  } catch (const Error& error) {
    failed_ = true;
    throw error.with_context("nothing was done, because the audit record that this repository requires could not be put");
  }
}

void AuditedOperation::end(const OperationRecord& operation) {
  if (policy_ == AuditPolicy::off || failed_) return;
  try {
    append_or_throw_error(operation);
  } catch (const Error& error) {
    failed_ = true;
    if (policy_ == AuditPolicy::required)
      throw error.with_context("the work was done, but the audit record of its end, which this repository requires, could not be put");
    context_.warn("this operation has no audit record: " + error.message());
  }
}

void AuditedOperation::tell_unrecorded_failure() const noexcept {
  try {
    context_.warn("the failure of this operation has no audit record: " + caught_error().message());
  } catch (const std::bad_alloc&) {  // the operation's own error is not affected
  }
}

void AuditedOperation::end_failed(const OperationRecord& operation) noexcept {
  if (policy_ == AuditPolicy::off || failed_) return;
  try {
    append(operation);
  } catch (...) {
    tell_unrecorded_failure();
  }
}

}  // namespace holdfast
