#include "driver/files/proof.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "base/executor.hpp"
#include "driver/files/compare.hpp"
#include "driver/files/left_out.hpp"
#include "driver/files/metadata.hpp"
#include "driver/files/place.hpp"
#include "driver/files/target.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

namespace {

void examine(const std::string& path, const std::string& shown, const BackupView& backup, ProofReport& report, Context& context) {
  context.phase("comparing files");
  const Fd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) throw unreadable(path, errno);
  const std::uint64_t compared = compare_tree(root.get(), shown, backup, report, context);
  report.level = report.faults.empty() ? ProofLevel::content_equal : ProofLevel::restored;
  report.where += fmt::format(" with {} files and folders", compared);
}

}  // namespace

ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) {
  if (!options.queries.empty()) throw Error(ErrorCode::unsupported, "queries need a database, and this is a tree of files");
  ProofReport report;
  if (!options.restored.empty()) {
    const std::string path = path_of(options.restored);
    report.where = path;
    if (auto missing = missing_from(backup.source())) report.warnings.push_back(std::move(*missing));
    examine(path, path, backup, report, context);
    return report;
  }
  const std::unique_ptr<ScratchPlace> scratch = context.host.executor->open_scratch(
      options.target.empty() ? context.host.temp_directory : std::filesystem::path(path_of(options.target)));
  const std::string path = scratch->path() / "tree";
  const auto target = tree_target(path);
  target->preflight(backup, {}, context);
  report.warnings = target->restore(backup, {}, context).warnings;
  report.where = "a scratch folder";
  examine(path, "/", backup, report, context);
  return report;
}

}  // namespace holdfast::files
