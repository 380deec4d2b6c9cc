#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "operations/thawed.hpp"
#include "repository/layout.hpp"
#include "repository/source_names.hpp"

namespace holdfast {

namespace {

std::uint32_t source_for(const Manifest& manifest, const Driver& driver, const std::string& wanted) {
  if (!wanted.empty()) return source_index(manifest.sources, wanted);
  if (manifest.sources.size() == 1) return 0;
  std::vector<std::uint32_t> matches;
  for (std::uint32_t index = 0; index < manifest.sources.size(); ++index) {
    if (manifest.sources[index].driver == driver.name()) matches.push_back(index);
  }
  if (matches.size() == 1) return matches.front();
  throw Error(ErrorCode::invalid_argument, "backup " + manifest.id + " has several sources (" + list_of(manifest.sources) + "), and " +
                                               std::to_string(matches.size()) + " of them are of the target's driver, " +
                                               std::string(driver.name()) + ": name the source to restore");
}

RestoreReport run(const BackupView& backup, Target& target, const RestoreOptions& options, Context& context, OperationRecord& record) {
  record.sources = {backup.source().uri};
  if (options.mask && !target.masks())
    throw Error(ErrorCode::unsupported, "the target can't mask values: restore without a mask, or into another one");
  context.phase("checking the target");
  target.preflight(backup, options, context);
  context.phase("restoring " + backup.manifest().id);
  RestoreReport report = target.restore(backup, options, context);
  record.where = report.where;
  record.counts = {{"entries", report.entries}, {"bytes", report.bytes}};
  record.counts += report.counts;
  for (const LeftOut& item : report.left_out) {
    const std::string what = item.instead.empty() ? "left out" : "restored as less (" + item.instead + ")";
    context.warn(what + ": " + item.object + ": " + item.reason);
  }
  return report;
}

Wanted wanted_by(const RestoreOptions& options) { return options.selection.empty() ? Wanted::one_source : Wanted::a_selection; }

}  // namespace

RestoreReport Repository::restore(const BackupId& id, const std::string& target, const RestoreOptions& options, Context& context) {
  return recorded(context, "restore", *layout_, kAudited, [&](OperationRecord& record) {
    record.backups = {id};
    const Driver& driver = drivers_.for_uri(target);
    const std::unique_ptr<Target> opened = driver.open_target(target, options.driver);
    require_thawed(*layout_, id, wanted_by(options), context);
    auto manifest = layout_->manifest(id, context);
    const std::uint32_t source = source_for(*manifest, driver, options.source);
    return run(view_of(layout_, std::move(manifest), source), *opened, options, context, record);
  });
}

RestoreReport restore_into(Repository& repository, const BackupId& id, std::uint32_t source, Target& target, const RestoreOptions& options,
                           Context& context) {
  return recorded(context, "restore", repository.layout(), kAudited, [&](OperationRecord& record) {
    record.backups = {id};
    if (!options.driver.empty())
      throw Error(ErrorCode::unsupported, "the target is already open: it can't take option " + options.driver.begin()->first);
    if (!options.source.empty()) throw Error(ErrorCode::invalid_argument, "the source is given by its index: leave out the option source");
    require_thawed(repository.layout(), id, wanted_by(options), context);
    const std::shared_ptr<Layout> borrowed(std::shared_ptr<Layout>(), &repository.layout());  // the view lives in this call only
    return run(view_of(borrowed, borrowed->manifest(id, context), source), target, options, context, record);
  });
}

}  // namespace holdfast
