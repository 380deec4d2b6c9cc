#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "callback.hpp"
#include "guard.hpp"
#include "holdfast/audit.hpp"
#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/replication.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/schedule.hpp"
#include "holdfast/tiered.hpp"

namespace holdfast::capi {

/// The receiver of a job's events. Its user_data lives as long as the last job that has it.
using EventCallback = HostCallback<holdfast_event_callback>;

/// The options that a host has set, checked against the table of options.
class OptionSet {
 public:
  using Value = std::variant<std::string, std::int64_t, Secret, std::vector<std::string>>;

  void set_string(const char* key, const char* value);
  void set_int64(const char* key, std::int64_t value);
  void set_bool(const char* key, bool value);
  void set_bytes(const char* key, ByteView value);
  void add_string(const char* key, const char* value);
  void unset(const char* key);

  std::string text(const std::string& key) const;
  std::int64_t integer(const std::string& key) const;
  bool flag(const std::string& key) const;
  std::vector<std::string> list(const std::string& key) const;
  const Secret* secret(const std::string& key) const;
  /// Returns the members of a family, without its name.
  std::map<std::string, std::string> family(const std::string& name) const;

  std::shared_ptr<std::stop_source> cancel;
  std::shared_ptr<const EventCallback> events;
  std::shared_ptr<const Clock> clock;
  std::shared_ptr<const Owned<holdfast_key_driver>> key_provider;
  std::shared_ptr<AuditSigner> audit_signer;  // the host's; null = none
  std::vector<std::shared_ptr<const Driver>> drivers;
  std::vector<TransformPtr> transforms;  // lent to repositories

 private:
  std::map<std::string, Value> values_;
};

/// Returns a copy of the host's options; NULL = no options.
OptionSet options_of(const holdfast_options* options);
/// Returns only those that tell who calls, for calls that take no options.
OptionSet caller_of(const OptionSet& options);

// The option structs of the library's operations.
CreateOptions create_options(const OptionSet& options, const std::string& uri);
OpenOptions open_options(const OptionSet& options, const std::string& uri);
BackupOptions backup_options(const OptionSet& options);
/// Like backup_options, for a call that opens no driver.
BackupOptions session_options(const OptionSet& options);
MaskOptions checked_mask(const OptionSet& options);  ///< mask.*, for a check of rules
RestoreOptions restore_options(const OptionSet& options);
VerifyOptions verify_options(const OptionSet& options);
RetentionPolicy retention_policy(const OptionSet& options);
GarbageOptions garbage_options(const OptionSet& options);
ReplicaUse replica_use(const OptionSet& options);
ReplicaRepairOptions replica_repair_options(const OptionSet& options);
ReplicationOptions replication_options(const OptionSet& options);
ScheduleOptions schedule_options(const OptionSet& options);
TierPolicy tier_policy(const OptionSet& options);
/// Returns the library's drivers and those that the host added.
DriverRegistry drivers_of(const OptionSet& options);
/// Returns include and exclude of an operation: "restore", "export", "backup".
Selection selection(const OptionSet& options, const std::string& operation);
ExportOptions export_options(const OptionSet& options);
/// Returns a key of the kind that the host names. Throws Error{invalid_argument}.
Key key_of(std::int32_t kind, ByteView bytes);

}  // namespace holdfast::capi

struct holdfast_options {
  holdfast::capi::OptionSet set;
  mutable holdfast::capi::Busy busy;
};

struct holdfast_cancel_token {
  std::shared_ptr<std::stop_source> source;
};
