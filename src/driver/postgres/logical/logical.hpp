#pragma once

#include <chrono>
#include <memory>

#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "holdfast/source.hpp"
#include "holdfast/target.hpp"

namespace holdfast::postgres {

/// The parsed options of `postgresql://` sources.
struct LogicalOptions {
  std::string bin_dir;  ///< folder of pg_dump and pg_dumpall; empty = search for it
  bool globals = true;  ///< back up roles
};

/// A logical backup of one database: locked tables, one snapshot, and N connections that copy rows unchanged.
class LogicalSource final : public Source {
 public:
  LogicalSource(ConnInfo info, const Selection& selection, LogicalOptions options);
  SourceInfo describe(Context& context) override;
  void backup(BackupWriter& out, Context& context) override;

 private:
  void read_database(BackupWriter& out, std::chrono::steady_clock::time_point lock_deadline, Context& context);

  ConnInfo info_;
  TableFilter filter_;
  LogicalOptions options_;
};

}  // namespace holdfast::postgres
