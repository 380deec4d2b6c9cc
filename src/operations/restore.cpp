#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "operations/thawed.hpp"

namespace holdfast {

namespace {

std::uint32_t source_for(const Manifest& manifest, const Driver& driver) {
  if (manifest.sources.size() == 1) return 0;
  std::vector<std::uint32_t> matches;
  std::string names;
  for (std::uint32_t index = 0; index < manifest.sources.size(); ++index) {
    const SourceRecord& source = manifest.sources[index];
    if (source.driver == driver.name()) matches.push_back(index);
    names += (names.empty() ? "" : ", ") + source.driver + " " + source.name;
  }
  if (matches.size() == 1) return matches.front();
  throw Error(ErrorCode::invalid_argument, "backup " + manifest.id + " has several sources (" + names + ") and " +
                                               std::to_string(matches.size()) + " of them are of driver " + std::string(driver.name()) +
                                               ": restore through Repository::view, which names one");
}

}  // namespace

RestoreReport Repository::restore(const BackupId& id, const std::string& target, const RestoreOptions& options, Context& context) {
  const Context::Operation counted(context);
  const Driver& driver = drivers_.for_uri(target);
  require_thawed(*layout_, id, options.selection.empty() ? Wanted::one_source : Wanted::a_selection, context);
  auto manifest = layout_->manifest(id, context);
  const std::uint32_t source = source_for(*manifest, driver);
  const BackupView backup = view_of(layout_, std::move(manifest), source);
  const std::unique_ptr<Target> opened = driver.open_target(target, {});
  context.phase("checking the target");
  opened->preflight(backup, options, context);
  context.phase("restoring " + id);
  return opened->restore(backup, options, context);
}

}  // namespace holdfast
