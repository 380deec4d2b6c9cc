#pragma once

#include <optional>
#include <string>
#include <vector>

#include "holdfast/driver.hpp"
#include "holdfast/event.hpp"
#include "holdfast/finding.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/replication.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/tiered.hpp"
#include "python.hpp"

/// Converts values of the library to those of holdfast/_values.py, and back. All functions need the GIL.
namespace holdfast::python {

py::object to_python(TimePoint time);
py::object to_python(const OperationRecord& record);
py::object to_python(const Event& event);
py::object to_python(const SourceRecord& source);
py::object to_python(const EntryRecord& entry);
py::object to_python(const BackupInfo& backup);
py::object to_python(const Manifest& manifest);
py::object to_python(const RepositoryInfo& info);
py::object to_python(const LeftOut& item);
py::object to_python(const MaskedColumn& column);
py::object to_python(const KeptRows& kept);
py::tuple to_python(const std::vector<Fault>& faults);
py::object to_python(const RestoreReport& report);
py::object to_python(const VerifyReport& report);
py::object to_python(const RetentionPlan& plan);
py::object to_python(const GarbageReport& report);
py::object to_python(const BackupDiff& diff);
py::object to_python(const KeySlot& slot);
py::object to_python(const ObjectInfo& info);
py::object to_python(const ReplicaStatus& status);
py::object to_python(const ReplicaRepairReport& report);
py::object to_python(const Replicated& one);
py::object to_python(const ReplicationReport& report);
py::object to_python(const TierReport& report);
py::object to_python(const Finding& finding);
py::object to_python(const OptionSpec& option);

template <class T>
py::tuple to_tuple(const std::vector<T>& values) {
  py::tuple result(values.size());
  for (std::size_t index = 0; index < values.size(); ++index) result[index] = to_python(values[index]);
  return result;
}

TimePoint time_from(const py::handle& moment);  ///< an aware datetime
BackupInfo backup_from(const py::handle& backup);
ObjectInfo object_from(const py::handle& info);
SourceInfo source_from(const py::handle& info);
RetentionPolicy policy_from(const py::handle& policy);
ProofReport proof_from(const py::handle& proof);
RestoreReport restore_report_from(const py::handle& report);
VerifyLevel verify_level_from(const std::string& text);
LayoutKind layout_from(const std::string& text);
BackupOptions backup_options_from(const py::dict& options);
RestoreOptions restore_options_from(const py::dict& options);
/// Takes the text of rules or None, and bytes or None.
std::optional<MaskOptions> mask_from(const py::object& rules, const py::object& key);
Selection selection_from(std::vector<std::string> include, std::vector<std::string> exclude);
/// Either may be None. Throws Error{invalid_argument} if both are given.
std::optional<Key> key_from(const py::object& password, const py::object& raw);

}  // namespace holdfast::python
