#include <algorithm>

#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "operations/thawed.hpp"
#include "repository/layout.hpp"

namespace holdfast {

namespace {

class Stopwatch {
 public:
  explicit Stopwatch(const Context& context) : context_(context), start_(context.now()) {}
  double seconds() const { return std::chrono::duration<double>(context_.now() - start_).count(); }

 private:
  const Context& context_;
  TimePoint start_;
};

void merge(ProofReport& into, ProofReport from, bool first) {
  into.level = first ? from.level : std::min(into.level, from.level);
  into.counts += from.counts;
  into.where += (into.where.empty() || from.where.empty() ? "" : "; ") + from.where;
  std::move(from.faults.begin(), from.faults.end(), std::back_inserter(into.faults));
  std::move(from.warnings.begin(), from.warnings.end(), std::back_inserter(into.warnings));
  std::move(from.queries.begin(), from.queries.end(), std::back_inserter(into.queries));
}

void record_if_proven(Layout& layout, const VerifyReport& report, Context& context) {
  if (!report.ok() || report.level == VerifyLevel::quick) return;
  try {
    layout.record_proof(report, context);
  } catch (const Error& error) {  // the verification's result stays valid
    if (error.code() == ErrorCode::not_found) return context.log("backup " + report.id + " was removed while it was verified");
    context.warn("the proof can't be recorded: " + error.message(), report.id);
  }
}

// Other levels would ignore options for the level restore.
void check_level(const VerifyOptions& options) {
  const bool for_restore = !options.target.empty() || !options.restored.empty() || !options.queries.empty() || !options.driver.empty();
  if (for_restore && options.level != VerifyLevel::restore)
    throw Error(ErrorCode::invalid_argument,
                "a target, a restored database, queries and options of drivers need the level restore: set it");
}

// Asks all drivers before the first of them restores anything.
void check_driver_options(const DriverRegistry& drivers, const std::vector<SourceRecord>& sources, const Options& given) {
  for (const SourceRecord& source : sources) drivers.named(source.driver).check_options(DriverCall::verify, given);
}

// Restores each source of the backup and compares.
void prove(const std::shared_ptr<Layout>& layout, const DriverRegistry& drivers, const VerifyOptions& options, VerifyReport& report,
           Context& context) {
  const auto manifest = layout->manifest(report.id, context);
  const std::vector<SourceRecord>& sources = manifest->sources;
  check_driver_options(drivers, sources, options.driver);
  for (std::uint32_t index = 0; index < sources.size(); ++index) {
    context.phase("restoring " + sources[index].name + " to compare it");
    try {
      merge(report.proof, drivers.named(sources[index].driver).prove(view_of(layout, manifest, index), options, context), index == 0);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupt) throw;
      report.faults.push_back({report.id, error.message()});
    }
  }
}

VerifyReport verify_common(const Layout& layout, VerifyLevel level, Context& context) {
  const Stopwatch watch(context);
  VerifyReport report{.level = level};
  context.phase("checking the repository's own objects");
  layout.verify_common(level, report, context);
  report.seconds = watch.seconds();
  return report;
}

}  // namespace

std::string to_string(VerifyLevel level) {
  switch (level) {
    case VerifyLevel::quick: return "quick";
    case VerifyLevel::full: return "full";
    case VerifyLevel::restore: return "restore";
  }
  return "unknown";
}

VerifyReport Repository::verify(const BackupId& id, const VerifyOptions& options, Context& context) {
  return recorded(context, "verify", info(), [&](OperationRecord& record) {
    check_level(options);
    const Stopwatch watch(context);
    VerifyReport report{.id = id, .level = options.level};
    // The level restore reads every byte that it needs; for other objects it is sufficient that they exist.
    if (options.level != VerifyLevel::quick && options.restored.empty()) require_thawed(*layout_, id, Wanted::everything, context);
    const VerifyLevel stored_level = options.level == VerifyLevel::full ? VerifyLevel::full : VerifyLevel::quick;
    context.phase("checking the objects of " + id);
    layout_->verify_backup(id, stored_level, report, context);
    if (options.level == VerifyLevel::restore && report.ok()) prove(layout_, drivers_, options, report, context);
    report.seconds = watch.seconds();
    record_if_proven(*layout_, report, context);
    describe(record, report);
    return report;
  });
}

std::vector<VerifyReport> Repository::verify_all(VerifyLevel level, Context& context) {
  return recorded(context, "verify_all", info(), [&](OperationRecord& record) {
    if (level == VerifyLevel::restore)
      throw Error(ErrorCode::invalid_argument, "backups are restored to prove them one by one, not all at once");
    if (level != VerifyLevel::quick) require_all_thawed(*layout_, context);
    std::vector<VerifyReport> reports{verify_common(*layout_, level, context)};
    const Stopwatch watch(context);
    context.phase("checking the objects of all backups");
    for (VerifyReport& report : layout_->verify_backups(level, context)) {
      report.seconds = watch.seconds();
      record_if_proven(*layout_, report, context);
      reports.push_back(std::move(report));
    }
    for (const VerifyReport& report : reports) describe(record, report);
    return reports;
  });
}

VerifyReport Repository::verify_repository(VerifyLevel level, Context& context) {
  return recorded(context, "verify_repository", info(), [&](OperationRecord& record) {
    VerifyReport report = verify_common(*layout_, level, context);
    describe(record, report);
    return report;
  });
}

}  // namespace holdfast
