#pragma once

#include <optional>
#include <string>

#include "holdfast/audit.hpp"
#include "holdfast/context.hpp"
#include "holdfast/operation.hpp"
#include "repository/audit/trail.hpp"

namespace holdfast {

class Layout;

/// Returns whether an operation of that name is there to free space on the storage.
bool frees_space(const std::string& operation);

/// One operation in the audit trail of one repository. Does nothing if the repository's policy is `off`. One thread.
class AuditedOperation {
 public:
  AuditedOperation(Layout& layout, Context& context);

  /// Puts the record before the operation, if the policy requires it. Throws if it can't: then nothing was done.
  void begin(const OperationRecord& operation);
  /// Puts the record after the operation, whose outcome is in `operation`. Throws if it can't and the policy requires
  /// it; then the operation was done all the same. Otherwise warns.
  void end(const OperationRecord& operation);
  /// Like end(), for an operation that fails anyway: only warns.
  void end_failed(const OperationRecord& operation) noexcept;

  /// Puts the only record of something that is done at once. Throws as end().
  void note(const OperationRecord& operation);

  /// Returns the last record that this operation put.
  const std::optional<AuditRecord>& put() const noexcept { return put_; }

 private:
  void read_policy(const OperationRecord& operation);
  void append(const OperationRecord& operation);
  void append_or_throw_error(const OperationRecord& operation);
  void tell_unrecorded_failure() const noexcept;

  Layout& layout_;
  Context& context_;
  AuditPolicy policy_ = AuditPolicy::off;
  std::string id_;  // in both records
  std::optional<AuditRecord> put_;
  bool failed_ = false;  // the last record could not be put: a second attempt would only hide why
};

/// Runs `work(part)`, the part of an operation that another repository's trail records, and returns what it returns.
template <typename Work>
auto audited(Layout& layout, Context& context, OperationRecord part, const Work& work) {
  AuditedOperation audit(layout, context);
  audit.begin(part);
  try {
    auto result = work(part);
    part.outcome = Outcome::succeeded;
    audit.end(part);
    return result;
  } catch (...) {
    part.outcome = context.cancelled() ? Outcome::cancelled : Outcome::failed;
    audit.end_failed(part);
    throw;
  }
}

/// Fills in who, when and from where.
AuditRecord new_audit_record(const Context& context, std::string action);

}  // namespace holdfast
