#pragma once

#include <string>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/event.hpp"
#include "holdfast/finding.hpp"
#include "holdfast/operation.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/replication.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/schedule_conflict.hpp"
#include "holdfast/tiered.hpp"

namespace holdfast {

// Reports of the library as JSON objects on one line, as the command prints them (docs/command.md describes them). New
// versions only add keys. Times are RFC 3339 in UTC with microseconds. An unknown value is null. Text that is not UTF-8
// is repaired.
std::string to_json(const RepositoryInfo& info);
std::string to_json(const SourceRecord& source);
std::string to_json(const BackupInfo& backup);
std::string to_json(const std::vector<BackupInfo>& backups);  ///< an array
std::string to_json(const EntryRecord& entry);
std::string to_json(const Manifest& manifest);
std::string to_json(const BackupDiff& diff);
std::string to_json(const RestoreReport& report);
std::string to_json(const MaskCheck& check);
std::string to_json(const VerifyReport& report);
std::string to_json(const std::vector<VerifyReport>& reports);  ///< an array
std::string to_json(const RetentionDecision& decision);
std::string to_json(const RetentionPlan& plan);
std::string to_json(const GarbageReport& report);
std::string to_json(const RepairReport& report);
std::string to_json(const ReplicaStatus& copy);
std::string to_json(const ReplicaRepairReport& report);
std::string to_json(const TierReport& report);
std::string to_json(const ReplicationReport& report);
std::string to_json(const ScheduleConflict& conflict);
std::string to_json(const std::vector<ScheduleConflict>& conflicts);  ///< an array
std::string to_json(const KeySlot& key);
std::string to_json(const Finding& finding);
std::string to_json(const DriverRegistry& drivers);  ///< an array: names, schemes, options, counts
std::string to_json(const Event& event);
std::string to_json(const OperationRecord& record);
std::string to_json(const Error& error);

// The members of reports that hold nothing but numbers, by their names.
Counts counts_of(const GarbageReport& report);
Counts counts_of(const RepairReport& report);

}  // namespace holdfast
