#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/job_queue.hpp"
#include "driver/files/earlier_backup.hpp"
#include "driver/files/file_reader.hpp"
#include "driver/files/left_out.hpp"
#include "driver/files/walk.hpp"

namespace holdfast::files {

/// The number of files of each kind in a backup.
struct TreeCounts {
  std::uint64_t files = 0, folders = 0, bytes = 0, unchanged = 0, changed = 0, sockets = 0, marked = 0;
  LeftOutFiles unreadable;

  void note(BackupWriter& out) const;
};

/// Begins the list of files.
std::unique_ptr<EntryWriter> open_tree(BackupWriter& out);

/// Takes the results of a walk into a backup: gives files that must be read to readers, a bundle at a time, and writes
/// the tree stream in the order of the walk. Memory is limited by kMaxPending records and the bundles that are being
/// read.
class TreeBackup final : public WalkVisitor {
 public:
  TreeBackup(int root, std::string shown, const ReadOptions& options, EarlierBackup& earlier, BackupWriter& out, Context& context);
  ~TreeBackup() override;

  void enter(const TreeRecord& folder, const std::string& path) override;
  void leave() override;
  void file(TreeRecord record, const std::string& path, std::uint64_t device, std::uint64_t links) override;
  void other(TreeRecord record, const std::string& path) override;
  void socket(const std::string& path) override;
  void marked(const std::string& path) override;
  void left_out(const std::string& path, const Error& why) override;

  /// Waits for everything that is being read, and commits the tree.
  TreeCounts finish();

 private:
  struct Link;
  struct Pending;
  using JobPtr = std::shared_ptr<ReadJob>;

  bool is_later_link(TreeRecord& record, Pending& pending, std::uint64_t device, std::uint64_t links);
  void read_later(TreeRecord record, const std::string& path, Pending& pending);
  void submit();
  void push(Pending pending);
  void push_record(TreeRecord record);
  bool front_is_ready() const;
  void write_ready();
  void write_front();
  void write_record(TreeRecord& record, Link* link);
  void replace_lost_link(TreeRecord& record, const std::string& path);
  JobPtr new_job();

  BackupWriter& out_;
  Context& context_;
  const std::string shown_;
  EarlierBackup& earlier_;
  FileReader reader_;  // of this thread
  JobQueue<JobPtr> pool_;
  std::unique_ptr<EntryWriter> entry_;
  TreeWriter tree_;
  JobPtr job_;  // being filled
  std::uint32_t last_bundle_;
  std::deque<Pending> pending_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<Link>> links_;  // by device and inode
  std::uint64_t linked_ = 0;                                                        // of them in the tree
  TreeCounts counts_;
};

}  // namespace holdfast::files
