#include <algorithm>
#include <numeric>
#include <optional>

#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "operations/thawed.hpp"
#include "repository/layout.hpp"
#include "repository/source_names.hpp"

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
  std::move(from.mask.columns.begin(), from.mask.columns.end(), std::back_inserter(into.mask.columns));
  std::move(from.mask.dropped.begin(), from.mask.dropped.end(), std::back_inserter(into.mask.dropped));
  std::move(from.mask.kept.begin(), from.mask.kept.end(), std::back_inserter(into.mask.kept));
  into.where += (into.where.empty() || from.where.empty() ? "" : "; ") + from.where;
  std::move(from.faults.begin(), from.faults.end(), std::back_inserter(into.faults));
  std::move(from.warnings.begin(), from.warnings.end(), std::back_inserter(into.warnings));
  std::move(from.queries.begin(), from.queries.end(), std::back_inserter(into.queries));
}

// Says whose fault or warning it is.
void add_source(ProofReport& proof, const std::string& name) {
  for (Fault& fault : proof.faults) fault.object = name + ": " + fault.object;
  for (std::string& warning : proof.warnings) warning = name + ": " + warning;
}

bool has_faults(const VerifyReport& report) { return !report.faults.empty() || !report.proof.faults.empty(); }

// Records a proof, or that the backup has faults. Failed queries of the caller are neither.
void record_outcome(Layout& layout, const VerifyReport& report, Context& context) {
  if (!has_faults(report) && (!report.ok() || report.level == VerifyLevel::quick)) return;
  try {
    layout.record_proof(report, context);
  } catch (const Error& error) {  // the verification's result stays valid
    if (error.code() == ErrorCode::not_found) return context.log("backup " + report.id + " was removed while it was verified");
    context.warn("the result of the verification can't be recorded: " + error.message(), report.id);
  }
}

// Other levels would ignore options for the level restore.
void check_level(const VerifyOptions& options) {
  const bool for_restore = !options.source.empty() || !options.target.empty() || !options.restored.empty() || !options.queries.empty() ||
                           !options.driver.empty() || options.untrusted || options.mask;
  if (for_restore && options.level != VerifyLevel::restore)
    throw Error(ErrorCode::invalid_argument,
                "source, target, restored, queries, untrusted, mask and options of drivers need the level restore: set it");
}

std::vector<std::uint32_t> wanted_sources(const Manifest& manifest, const VerifyOptions& options) {
  if (!options.source.empty()) return {source_index(manifest.sources, options.source)};
  if (!options.restored.empty() && manifest.sources.size() > 1)
    throw Error(ErrorCode::invalid_argument, "backup " + manifest.id + " has several sources (" + list_of(manifest.sources) +
                                                 "): name the one to compare with what was restored");
  std::vector<std::uint32_t> all(manifest.sources.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// Restores sources of a backup, one by one, and compares. A source that cannot be proved does not keep the others from
// it.
class Prover {
 public:
  Prover(const std::shared_ptr<Layout>& layout, const DriverRegistry& drivers, const VerifyOptions& options, VerifyReport& report,
         Context& context)
      : layout_(layout),
        drivers_(drivers),
        options_(options),
        report_(report),
        context_(context),
        manifest_(layout->manifest(report.id, context)),
        sources_(wanted_sources(*manifest_, options)) {}

  /// Throws the first error that kept a source from its proof, after the proofs of all others.
  void prove() {
    // Ask all drivers before the first of them restores anything.
    for (const std::uint32_t index : sources_) {
      driver_of(index).check_options(DriverCall::verify, options_.driver);
      if (options_.mask) require_masking(driver_of(index));
    }
    for (const std::uint32_t index : sources_) prove(index);
    if (!failure_) return;
    // The report is lost with the error.
    for (const auto* faults : {&report_.faults, &report_.proof.faults}) {
      for (const Fault& fault : *faults) context_.warn("fault: " + fault.object + ": " + fault.what, report_.id);
    }
    throw *failure_;
  }

  bool all() const noexcept { return sources_.size() == manifest_->sources.size(); }

 private:
  const Driver& driver_of(std::uint32_t index) const { return drivers_.named(manifest_->sources[index].driver); }

  void prove(std::uint32_t index) {
    const bool several = sources_.size() > 1;
    const std::string& name = manifest_->sources[index].name;
    context_.phase("restoring " + name + " to compare it");
    try {
      ProofReport proof = driver_of(index).prove(view_of(layout_, manifest_, index), options_, context_);
      if (several) add_source(proof, name);
      merge(report_.proof, std::move(proof), index == sources_.front());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::corrupt) {
        report_.faults.push_back({report_.id, error.message()});
      } else if (!several || error.code() == ErrorCode::cancelled) {
        throw;
      } else if (const Error named(error.code(), "source " + name + ": " + error.message()); failure_) {
        context_.warn(named.message(), report_.id);
      } else {
        failure_ = named;
      }
    }
  }

  const std::shared_ptr<Layout>& layout_;
  const DriverRegistry& drivers_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  Context& context_;
  std::shared_ptr<const Manifest> manifest_;
  std::vector<std::uint32_t> sources_;
  std::optional<Error> failure_;
};

// Monitors check quickly and often: such a check is worth a record only if it tells something.
Kept kept_for(VerifyLevel level) { return level == VerifyLevel::quick ? Kept::unless_it_succeeds : Kept::yes; }

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
  return recorded(context, "verify", *layout_, Traces{.kept = kept_for(options.level)}, [&](OperationRecord& record) {
    check_level(options);
    const Stopwatch watch(context);
    VerifyReport report{.id = id, .level = options.level};
    // The level restore reads every byte that it needs; for other objects it is sufficient that they exist.
    if (options.level != VerifyLevel::quick && options.restored.empty()) require_thawed(*layout_, id, Wanted::everything, context);
    const VerifyLevel stored_level = options.level == VerifyLevel::full ? VerifyLevel::full : VerifyLevel::quick;
    context.phase("checking the objects of " + id);
    layout_->verify_backup(id, stored_level, report, context);
    bool whole = true;
    if (options.level == VerifyLevel::restore && report.ok()) {
      Prover prover(layout_, drivers_, options, report, context);
      whole = prover.all();
      prover.prove();
    }
    report.seconds = watch.seconds();
    if (options.mask && report.faults.empty()) {
      context.log("a masked copy was compared: that is neither a proof of the backup " + report.id + " nor a fault of it");
    } else if (!options.restored.empty() && has_faults(report)) {
      context.log("what differs in an earlier restored database may have changed there: no fault of the backup is recorded");
    } else if (whole || has_faults(report)) {
      record_outcome(*layout_, report, context);
    } else {
      context.log("one source of several was proved: that is not recorded as a proof of the backup " + report.id);
    }
    describe(record, report);
    return report;
  });
}

std::vector<VerifyReport> Repository::verify_all(VerifyLevel level, Context& context) {
  return recorded(context, "verify_all", *layout_, Traces{.kept = kept_for(level)}, [&](OperationRecord& record) {
    if (level == VerifyLevel::restore)
      throw Error(ErrorCode::invalid_argument, "backups are restored to prove them one by one, not all at once");
    if (level != VerifyLevel::quick) require_all_thawed(*layout_, context);
    std::vector<VerifyReport> reports{verify_common(*layout_, level, context)};
    const Stopwatch watch(context);
    context.phase("checking the objects of all backups");
    for (VerifyReport& report : layout_->verify_backups(level, context)) {
      report.seconds = watch.seconds();
      record_outcome(*layout_, report, context);
      reports.push_back(std::move(report));
    }
    for (const VerifyReport& report : reports) describe(record, report);
    return reports;
  });
}

VerifyReport Repository::verify_repository(VerifyLevel level, Context& context) {
  return recorded(context, "verify_repository", *layout_, Traces{.kept = kept_for(level)}, [&](OperationRecord& record) {
    VerifyReport report = verify_common(*layout_, level, context);
    describe(record, report);
    return report;
  });
}

}  // namespace holdfast
