#pragma once

#include <chrono>
#include <memory>

#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "holdfast/source.hpp"
#include "holdfast/target.hpp"

namespace holdfast::postgres {

/// Options of `postgresql://` sources, already read.
struct LogicalOptions {
  std::string bin_dir;  ///< where pg_dump and pg_dumpall are; empty = found
  bool globals = true;  ///< roles go into the backup
};

/// A logical backup of one database: tables locked, one snapshot, N connections that copy rows through untouched.
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
