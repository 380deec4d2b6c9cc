#include "driver/postgres/contained.hpp"

#include "driver/postgres/client/reach.hpp"
#include "driver/postgres/restore/restore.hpp"

namespace holdfast::postgres {

namespace {

class ContainedSource final : public Source {
 public:
  ContainedSource(ConnInfo info, std::string engine_socket, const Selection& selection, LogicalOptions options)
      : info_(std::move(info)), engine_socket_(std::move(engine_socket)), selection_(selection), options_(std::move(options)) {}

  SourceInfo describe(Context& context) override {
    SourceInfo described;
    while_reached(info_, engine_socket_, context,
                  [&](const ConnInfo& reached) { described = LogicalSource(reached, selection_, options_).describe(context); });
    return described;
  }

  void backup(BackupWriter& out, Context& context) override {
    while_reached(info_, engine_socket_, context,
                  [&](const ConnInfo& reached) { LogicalSource(reached, selection_, options_).backup(out, context); });
  }

 private:
  const ConnInfo info_;
  const std::string engine_socket_;
  const Selection selection_;
  const LogicalOptions options_;
};

class ContainedTarget final : public Target {
 public:
  ContainedTarget(ConnInfo info, std::string engine_socket) : info_(std::move(info)), engine_socket_(std::move(engine_socket)) {}

  bool masks() const noexcept override { return true; }

  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    while_reached(info_, engine_socket_, context,
                  [&](const ConnInfo& reached) { LogicalTarget(reached).preflight(backup, options, context); });
  }

  RestoreReport restore(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    RestoreReport report;
    while_reached(info_, engine_socket_, context,
                  [&](const ConnInfo& reached) { report = LogicalTarget(reached).restore(backup, options, context); });
    return report;
  }

 private:
  const ConnInfo info_;
  const std::string engine_socket_;
};

}  // namespace

std::unique_ptr<Source> contained_source(ConnInfo info, std::string engine_socket, const Selection& selection, LogicalOptions options) {
  return std::make_unique<ContainedSource>(std::move(info), std::move(engine_socket), selection, std::move(options));
}

std::unique_ptr<Target> contained_target(ConnInfo info, std::string engine_socket) {
  return std::make_unique<ContainedTarget>(std::move(info), std::move(engine_socket));
}

}  // namespace holdfast::postgres
