#include "driver/files/tree_restore.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/system_error.hpp"
#include "driver/files/left_out.hpp"
#include "driver/files/place.hpp"

namespace holdfast::files {

namespace {

constexpr std::size_t kWindowFiles = 16U << 10;  // files whose bundles are collected together

// A folder of an interrupted restore may be complete: another user's, read-only, and with an ACL for new files. This
// makes it as if it were new.
void open_for_new_files(const Fd& folder, const std::string& shown) {
  const std::string path = "/proc/self/fd/" + std::to_string(folder.get());
  ::removexattr(path.c_str(), kDefaultAcl);
  if (::geteuid() == 0 && ::chown(path.c_str(), 0, 0) != 0) throw system_error("can't set the owner of " + shown, errno);
  if (::chmod(path.c_str(), 0700) != 0) throw system_error("can't set the mode of " + shown, errno);
}

// The thread that reads the list has little to do, so it does not count as a job.
unsigned writers(const Context& context) { return std::max(1U, context.jobs()); }

}  // namespace

const EntryRecord& list_of(const BackupView& backup) {
  const EntryRecord* list = backup.source().driver == "files" ? backup.find(std::string(kTreeEntry)) : nullptr;
  if (list != nullptr) return *list;
  throw Error(ErrorCode::unsupported,
              "the source " + backup.source().uri + " is no tree of files: restore it with the driver " + backup.source().driver);
}

std::string path_in(const BackupView& backup) {
  const std::string& uri = backup.source().uri;
  return uri.starts_with(kScheme) ? path_of(uri) : std::string();
}

TreeRestore::TreeRestore(int root, std::string shown, const BackupView& backup, const RestoreOptions& options, Context& context)
    : root_(root),
      shown_(std::move(shown)),
      backup_(backup),
      bundles_(backup),
      options_{.owner = options.owner, .resume = options.resume},
      mark_(root_, shown_, backup, options),
      context_(context),
      filter_(options.selection, path_in(backup)),
      writer_(root_, shown_, options_, bundles_, context),
      folders_(root_) {}

RestoreReport TreeRestore::run() {
  prepare();
  make_all();
  context_.phase("restoring hard links and folders");
  finish_all();
  lost_.insert(writer_.metadata().lost().begin(), writer_.metadata().lost().end());
  kept_ += writer_.kept();
  report_.warnings.insert(report_.warnings.end(), lost_.begin(), lost_.end());
  if (auto missing = missing_from(backup_.source())) report_.warnings.push_back(std::move(*missing));
  report_.where = "the folder " + shown_;
  if (options_.resume) report_.where += fmt::format(" ({} files were there already)", kept_);
  return std::move(report_);
}

void TreeRestore::make_all() {
  JobQueue<WriteJob> pool(writers(context_), context_.stop, [this]() -> JobQueue<WriteJob>::Worker {
    const auto writer = std::make_shared<FileWriter>(root_, shown_, options_, bundles_, context_);
    return [this, writer](WriteJob& job, const std::stop_token& stop) { restore_in(*writer, job, stop); };
  });
  SelectedTree tree(backup_.open(list_of(backup_)), filter_);
  for (SelectedTree::Item item; tree.next(item);) {
    context_.check();
    if (item.leave) continue;
    make(item);
    if (window_files_ >= kWindowFiles) submit(pool, false);
  }
  submit(pool, true);
  pool.finish();
}

void TreeRestore::restore_in(FileWriter& writer, WriteJob& job, const std::stop_token& stop) {
  const std::uint64_t before = writer.kept();
  writer.write(job, stop);
  const std::lock_guard lock(mutex_);
  kept_ += writer.kept() - before;
  lost_.insert(writer.metadata().lost().begin(), writer.metadata().lost().end());
}

void TreeRestore::make(SelectedTree::Item& item) {
  const TreeRecord& record = item.record;
  if (record.kind != FileKind::hard_link) ++report_.entries;
  switch (record.kind) {
    case FileKind::directory: return make_folder(item);
    case FileKind::regular: {
      report_.bytes += record.content.size;
      const std::uint32_t bundle = record.content.bundle;
      WriteTask task{.path = std::move(item.path), .record = std::move(item.record)};
      if (bundle == 0) return writer_.write_empty(task);
      WriteJob& job = window_[bundle];
      job.bundle = newest_bundle_ = bundle;
      job.tasks.push_back(std::move(task));
      ++window_files_;
      return;
    }
    case FileKind::hard_link: return;
    default: make_special(item);
  }
}

void TreeRestore::make_folder(const SelectedTree::Item& item) {
  if (item.path.empty()) return;
  const std::string shown = join_path(shown_, item.path);
  const int at = folders_.open(split_path(item.path).folder);
  if (at >= 0 && ::mkdirat(at, item.record.name.c_str(), 0700) == 0) return;
  if (at < 0 || !options_.resume || errno != EEXIST) throw system_error("can't make " + shown, errno);
  const Fd folder(::openat(at, item.record.name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) throw system_error("can't restore into " + shown, errno);
  open_for_new_files(folder, shown);
}

// The next window most likely continues the last bundle.
void TreeRestore::submit(JobQueue<WriteJob>& pool, bool all) {
  for (auto at = window_.begin(); at != window_.end();) {
    if (!all && at->first == newest_bundle_ && window_.size() > 1) {
      ++at;
      continue;
    }
    window_files_ -= at->second.tasks.size();
    pool.submit(std::move(at->second));
    at = window_.erase(at);
  }
}

void TreeRestore::make_special(const SelectedTree::Item& item) {
  const TreeRecord& record = item.record;
  const std::string shown = join_path(shown_, item.path);
  const int at = folders_.open(split_path(item.path).folder);
  const char* name = record.name.c_str();
  int made = -1;
  if (at >= 0) {
    if (options_.resume) remove_leftover(at, record.name, shown);
    switch (record.kind) {
      case FileKind::symlink: made = ::symlinkat(record.target.c_str(), at, name); break;
      case FileKind::fifo: made = ::mkfifoat(at, name, 0600); break;
      default:
        made = ::mknodat(at, name, (record.kind == FileKind::block_device ? S_IFBLK : S_IFCHR) | 0600U, record.device);
        if (made != 0 && errno == EPERM) {
          report_.warnings.push_back(shown + ": is a device, which only root may make: it is left out");
          return;
        }
    }
  }
  if (made != 0) throw system_error("can't make " + shown, errno);
  writer_.metadata().apply_at(at, record, shown);
}

void TreeRestore::finish_all() {
  SelectedTree tree(backup_.open(list_of(backup_)), filter_);
  for (SelectedTree::Item item; tree.next(item);) {
    context_.check();
    if (item.record.kind == FileKind::hard_link) link(item);
    if (!item.leave) {
      count_name(item);
      continue;
    }
    const std::string shown = join_path(shown_, item.path);
    // Removes the mark last, because that changes the folder's time.
    if (item.path.empty()) mark_.remove();
    const Fd folder = open_beneath(root_, item.path, O_RDONLY | O_DIRECTORY);
    if (!folder) throw system_error("can't open " + shown, errno);
    if (options_.resume) tell_of_others(item, folder);
    writer_.metadata().apply(folder.get(), item.record, shown);
  }
}

void TreeRestore::count_name(const SelectedTree::Item& item) {
  if (!names_.empty()) ++names_.back();
  if (item.record.kind == FileKind::directory) names_.push_back(0);
}

void TreeRestore::tell_of_others(const SelectedTree::Item& item, const Fd& folder) {
  const std::string shown = join_path(shown_, item.path);
  const std::size_t found = sorted_names(folder, shown).size();
  if (found > names_.back())
    report_.warnings.push_back(fmt::format("{}: holds {} files that are not restored ones", shown, found - names_.back()));
  names_.pop_back();
}

void TreeRestore::prepare() {
  // Default ACLs of the folder would mix with the restored ones.
  ::fremovexattr(root_, kDefaultAcl);
  options_.resume ? mark_.resume() : mark_.make();
}

void TreeRestore::link(const SelectedTree::Item& item) {
  const SplitPath from = split_path(item.link_to), to = split_path(item.path);
  const Fd from_folder = open_beneath(root_, from.folder, O_RDONLY | O_DIRECTORY);
  const int to_folder = folders_.open(to.folder);
  if (options_.resume && to_folder >= 0) remove_leftover(to_folder, std::string(to.name), join_path(shown_, item.path));
  const bool linked = from_folder && to_folder >= 0 &&
                      ::linkat(from_folder.get(), std::string(from.name).c_str(), to_folder, std::string(to.name).c_str(), 0) == 0;
  if (!linked) throw system_error("can't link " + join_path(shown_, item.path) + " to " + join_path(shown_, item.link_to), errno);
  ++report_.entries;
}

}  // namespace holdfast::files
