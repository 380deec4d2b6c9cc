#include "driver/files/target.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/system_error.hpp"
#include "driver/files/tree_restore.hpp"

namespace holdfast::files {

namespace {

class TreeTarget final : public Target {
 public:
  explicit TreeTarget(std::string path) : path_(std::move(path)) {}

  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    check_tree_restore(backup, options, context);
    if (options.resume) {
      check_resumable(backup, options);
    } else {
      check_target();
    }
  }

  RestoreReport restore(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) throw system_error("can't make " + path_, errno);
    const Fd root(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) throw system_error("can't open " + path_, errno);
    if (!options.resume) require_empty();
    return TreeRestore(root.get(), path_, backup, options, context).run();
  }

 private:
  void check_target() const {
    std::error_code error;
    const auto status = std::filesystem::status(path_, error);
    if (status.type() == std::filesystem::file_type::not_found) {
      const std::string parent = std::filesystem::path(path_).parent_path().string();
      if (!std::filesystem::is_directory(parent, error))
        throw Error(ErrorCode::not_found, "can't restore into " + path_ + ": there is no folder " + parent);
      return;
    }
    if (error) throw system_error("can't restore into " + path_, error.value());
    if (status.type() != std::filesystem::file_type::directory)
      throw Error(ErrorCode::invalid_argument, path_ + ": is not a folder, so nothing can be restored into it");
    require_empty();
  }

  void check_resumable(const BackupView& backup, const RestoreOptions& options) const {
    const Fd root(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root && errno == ENOENT) throw nothing_to_resume(path_);
    if (!root) throw system_error("can't open " + path_, errno);
    UnfinishedMark(root.get(), path_, backup, options).resume();
  }

  void require_empty() const {
    std::error_code error;
    const std::filesystem::directory_iterator first(path_, error);
    if (error) throw system_error("can't read " + path_, error.value());
    if (first == std::filesystem::directory_iterator()) return;
    const bool unfinished = std::filesystem::exists(std::filesystem::path(path_) / kUnfinishedMark, error);
    throw Error(ErrorCode::invalid_state,
                path_ + (unfinished ? ": holds a restore that did not finish: resume it, or empty the folder and restore again"
                                    : ": is not empty: restore into a new or empty folder, so that nothing is mixed or overwritten"));
  }

  const std::string path_;
};

}  // namespace

void check_tree_restore(const BackupView& backup, const RestoreOptions& options, Context& context) {
  refuse_role_options(options);
  const EntryRecord& list = list_of(backup);
  if (options.selection.empty()) return;
  PathFilter filter(options.selection, path_in(backup));
  SelectedTree tree(backup.open(list), filter);
  for (SelectedTree::Item item; tree.next(item);) context.check();
  check_matches(filter, "backup " + backup.manifest().id, context);
}

std::unique_ptr<Target> tree_target(std::string path) { return std::make_unique<TreeTarget>(std::move(path)); }

}  // namespace holdfast::files
