#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/job_queue.hpp"
#include "driver/files/file_writer.hpp"
#include "driver/files/path_filter.hpp"
#include "driver/files/selected_tree.hpp"
#include "driver/files/walk.hpp"

namespace holdfast::files {

/// Returns the list of files of a backup. Throws Error{unsupported} if its source is not a tree.
const EntryRecord& list_of(const BackupView& backup);

/// Returns the path of the tree that was backed up; empty if the source does not tell.
std::string path_in(const BackupView& backup);

/// Restores a tree into an open folder, which is empty, or has what an interrupted restore left. Creates folders and
/// special files in the order of the list, while other threads write files, a bundle at a time. Creates hard links and
/// sets the folders' metadata last, during a second reading of the list. Memory is limited by a window of the list.
class TreeRestore {
 public:
  TreeRestore(int root, std::string shown, const BackupView& backup, const RestoreOptions& options, Context& context);
  RestoreReport run();

 private:
  void make_all();
  void make(SelectedTree::Item& item);
  void prepare();
  void make_folder(const SelectedTree::Item& item);
  void count_name(const SelectedTree::Item& item);
  void tell_of_others(const SelectedTree::Item& item, const Fd& folder);
  void make_special(const SelectedTree::Item& item);
  void finish_all();
  void link(const SelectedTree::Item& item);
  void restore_in(FileWriter& writer, WriteJob& job, const std::stop_token& stop);
  void submit(JobQueue<WriteJob>& pool, bool all);

  int root_;
  std::string shown_;
  const BackupView& backup_;
  Bundles bundles_;
  WriteOptions options_;
  UnfinishedMark mark_;
  Context& context_;
  PathFilter filter_;
  FileWriter writer_;  // of this thread
  FolderCache folders_;
  std::map<std::uint32_t, WriteJob> window_;
  std::size_t window_files_ = 0;
  std::uint32_t newest_bundle_ = 0;
  std::mutex mutex_;  // guards the two below
  std::set<std::string> lost_;
  std::uint64_t kept_ = 0;
  std::vector<std::size_t> names_;  // by open folder: how many are restored
  RestoreReport report_;
};

}  // namespace holdfast::files
