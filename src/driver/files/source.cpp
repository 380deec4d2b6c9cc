#include "driver/files/source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "base/host_name.hpp"
#include "base/uri.hpp"
#include "driver/files/beneath.hpp"
#include "driver/files/metadata.hpp"
#include "driver/files/place.hpp"
#include "driver/files/tree_backup.hpp"

namespace holdfast::files {

namespace {

class TreeSource final : public Source {
 public:
  TreeSource(std::string path, SourceRecord record, const Selection& selection, const SourceOptions& options)
      : path_(std::move(path)), record_(std::move(record)), filter_(selection, path_), options_(options) {}

  SourceInfo describe(Context&) override {
    require_included(open_root());
    SourceInfo info;
    info.record = record_;
    return info;
  }

  void backup(BackupWriter& out, Context& context) override {
    const Fd root = open_root();
    // Set before the first read: files that change from now on are read again by the next backup.
    out.set_instant(context.now());
    EarlierBackup earlier(out, record_);
    TreeBackup tree(root.get(), path_, options_.read, earlier, out, context);
    walk_tree(root.get(), path_, filter_, options_.walk, tree, context);
    const TreeCounts counts = tree.finish();
    check_matches(filter_, path_, context);
    require_some(counts);
    counts.note(out);
  }

 private:
  Fd open_root() const {
    Fd root(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) throw unreadable(path_, errno);
    return root;
  }

  // The whole walk would find it too, but only after everything else was read.
  void require_included(const Fd& root) const {
    for (const auto& [pattern, path] : filter_.included_paths()) {
      if (!open_beneath(root.get(), path, O_PATH | O_NOFOLLOW) && (errno == ENOENT || errno == ENOTDIR))
        throw nothing_matches(pattern, path_);
    }
  }

  // An empty tree is one thing; a backup without anything of a tree that has something is a mistake.
  void require_some(const TreeCounts& counts) const {
    if (counts.files + counts.sockets != 0 || counts.folders > 1) return;
    if (counts.unreadable.count() != 0) throw Error(ErrorCode::source, "nothing of " + path_ + " can be read: run as a user who may");
    if (filter_.excluded_any()) throw Error(ErrorCode::not_found, "the patterns to exclude leave nothing of " + path_ + " to back up");
  }

  const std::string path_;
  const SourceRecord record_;
  PathFilter filter_;
  const SourceOptions options_;
};

}  // namespace

SourceRecord folder_record(const std::string& path) {
  SourceRecord source;
  source.uri = uri_of(path);
  source.driver = "files";
  source.name = path == "/" ? "root" : percent_encode(split_path(path).name);
  source.notes = {{"host", host_name()}};
  return source;
}

std::unique_ptr<Source> tree_source(std::string path, SourceRecord record, const Selection& selection, const SourceOptions& options) {
  return std::make_unique<TreeSource>(std::move(path), std::move(record), selection, options);
}

}  // namespace holdfast::files
