#pragma once

#include <optional>

#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/restore/restore_plan.hpp"
#include "mask/plan.hpp"

namespace holdfast::postgres {

/// Restores a logical backup into one database. Creates the database if it is missing.
class LogicalTarget final : public Target {
 public:
  explicit LogicalTarget(ConnInfo info) : info_(std::move(info)) {}
  bool masks() const noexcept override { return true; }
  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override;
  RestoreReport restore(const BackupView& backup, const RestoreOptions& options, Context& context) override;

 private:
  struct Planned {
    BackupView backup;  // the plan refers to it
    Selection selection;
    std::map<std::string, std::string> role_map;
    bool strict;
    std::string mask_identity;
    RestorePlan plan;
    std::optional<masking::MaskPlan> mask;
  };
  const Planned& planned(const BackupView& backup, const RestoreOptions& options);

  ConnInfo info_;
  std::optional<Planned> planned_;  // set by preflight, for the restore that follows
};

/// Runs the steps of a restore into an existing, empty database, in order. LogicalTarget and the proof use it. Without
/// owners, `all_to` owns everything; empty = the connecting role does. Masks rows if there is a `mask`.
RestoreReport restore_into(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup, const RestoreOptions& options,
                           Context& context, const std::string& all_to = "", const masking::MaskPlan* mask = nullptr);

}  // namespace holdfast::postgres
