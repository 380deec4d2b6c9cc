#include "foreign.hpp"
#include "handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

class ForeignTarget final : public Target {
 public:
  explicit ForeignTarget(Owned<holdfast_target_driver> driver) : driver_(std::move(driver)) {
    driver_.require(driver_->restore, "restore");
  }

  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    if (!options.selection.empty())
      throw Error(ErrorCode::unsupported, "a host's target takes whole sources: leave out restore.include and restore.exclude");
    if (!options.owner) throw Error(ErrorCode::unsupported, "a host's target knows no owners: leave out restore.owner");
    refuse_role_options(options);
    if (options.untrusted) throw Error(ErrorCode::unsupported, "a host's target knows no trust: leave out restore.untrusted");
    if (options.resume) throw Error(ErrorCode::unsupported, "a host's target can't resume: leave out restore.resume");
    if (driver_->preflight == nullptr) return;
    const holdfast_manifest manifest = lend(backup);
    const std::size_t source = source_number(backup);
    call_host("preflight", {},
              [&](holdfast_error** err) { return driver_->preflight(driver_.data(), &manifest, source, as_handle(context), err); });
  }

  RestoreReport restore(const BackupView& backup, const RestoreOptions&, Context& context) override {
    const holdfast_manifest manifest = lend(backup);
    const std::size_t source = source_number(backup);
    holdfast_restore_report said{};
    said.struct_size = sizeof said;
    call_host("restore", {},
              [&](holdfast_error** err) { return driver_->restore(driver_.data(), &manifest, source, &said, as_handle(context), err); });
    RestoreReport report{.entries = said.entries, .bytes = said.bytes};
    set_tables_and_rows(report.counts, said.tables, said.rows);
    report.where = said.where == nullptr ? "the host" : required_text(said.where, "restore_report.where");
    return report;
  }

 private:
  Owned<holdfast_target_driver> driver_;
};

}  // namespace

std::unique_ptr<Target> holdfast::capi::foreign_target(Owned<holdfast_target_driver> driver) {
  return std::make_unique<ForeignTarget>(std::move(driver));
}

holdfast_status holdfast_target_open(holdfast_target** out, const char* uri, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("target", err, [&] {
    Out result(out);
    const std::string place = required_text(uri, "uri");
    const OptionSet set = options_of(options);
    const DriverRegistry drivers = drivers_of(set);
    result.make(drivers.for_uri(place).open_target(place, set.family("driver.")), true);
  });
}

holdfast_status holdfast_target_new(holdfast_target** out, holdfast_target_driver* driver, holdfast_error** err) {
  clear(out);
  return guard("target", err, [&] {
    Owned<holdfast_target_driver> table(driver, "driver");
    Out result(out);
    result.make(foreign_target(std::move(table)));
  });
}

void holdfast_target_free(holdfast_target* target) { delete target; }
