#pragma once

#include <optional>

#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

/// Restores a logical backup into one database, which it creates when it is missing.
class LogicalTarget final : public Target {
 public:
  explicit LogicalTarget(ConnInfo info) : info_(std::move(info)) {}
  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override;
  RestoreReport restore(const BackupView& backup, const RestoreOptions& options, Context& context) override;

 private:
  struct Planned {
    BackupView backup;  // the plan points into it
    Selection selection;
    RestorePlan plan;
  };
  const RestorePlan& planned(const BackupView& backup, const Selection& selection);

  ConnInfo info_;
  std::optional<Planned> planned_;  // by preflight, for the restore that follows it
};

/// The steps of a restore into an existing, empty database, in order. Used by LogicalTarget and by the proof. Without owners all becomes
/// that of `all_to`; empty = of whoever connects.
RestoreReport restore_into(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup, const RestoreOptions& options,
                           Context& context, const std::string& all_to = "");

}  // namespace holdfast::postgres
