#include "driver/files/tree_backup.hpp"

#include <algorithm>

namespace holdfast::files {

namespace {

constexpr std::size_t kMaxPending = 32U << 10;

unsigned readers(const Context& context) { return std::clamp(context.jobs() - 1, 1U, 4U); }

}  // namespace

std::unique_ptr<EntryWriter> open_tree(BackupWriter& out) {
  return out.open(
      {.name = std::string(kTreeEntry), .kind = std::string(kTreeKind), .attributes = {}, .restore_with = {}, .small_changes = true});
}

void TreeCounts::note(BackupWriter& out) const {
  out.note("files", std::to_string(files));
  out.note("folders", std::to_string(folders));
  out.note("bytes", std::to_string(bytes));
  out.note("unchanged", std::to_string(unchanged));
  if (changed != 0) out.note("changed_while_read", std::to_string(changed));
  unreadable.note(out);
  if (marked != 0) out.note("marked_left_out", std::to_string(marked));
  if (sockets != 0) out.note("sockets_left_out", std::to_string(sockets));
}

// A file with several names. Which name is first in the tree, and whether it is there at all, is known after the file
// is read.
struct TreeBackup::Link {
  enum class State { open, written, lost } state = State::open;
  std::uint64_t number = 0;
  std::uint64_t names_left = 0;
};

// A record that waits for earlier ones.
struct TreeBackup::Pending {
  TreeRecord record;  // `end` leaves a folder
  JobPtr job;         // or this task of a job
  std::size_t task = 0;
  std::shared_ptr<Link> link;
  std::string path;  // of a hard link
};

TreeBackup::TreeBackup(int root, std::string shown, const ReadOptions& options, EarlierBackup& earlier, BackupWriter& out, Context& context)
    : out_(out),
      context_(context),
      shown_(shown),
      earlier_(earlier),
      reader_(root, shown, options, out, context),
      pool_(readers(context), context.stop,
            [=, &out, &context]() -> JobQueue<JobPtr>::Worker {
              const auto reader = std::make_shared<FileReader>(root, shown, options, out, context);
              return [reader](const JobPtr& job, const std::stop_token& stop) { reader->read(*job, stop); };
            }),
      entry_(open_tree(out)),
      tree_(*entry_),
      last_bundle_(earlier.last_bundle()) {
  job_ = new_job();
}

TreeBackup::~TreeBackup() = default;

TreeBackup::JobPtr TreeBackup::new_job() {
  auto job = std::make_shared<ReadJob>();
  job->bundle = ++last_bundle_;
  return job;
}

void TreeBackup::enter(const TreeRecord& folder, const std::string& path) {
  if (!path.empty()) earlier_.tree().find(folder.name);
  earlier_.tree().enter();
  push_record(folder);
}

void TreeBackup::leave() {
  earlier_.tree().leave();
  push({});
}

void TreeBackup::other(TreeRecord record, const std::string&) { push_record(std::move(record)); }

void TreeBackup::socket(const std::string& path) {
  ++counts_.sockets;
  context_.log(path + ": is a socket, which a backup can't hold");
}

void TreeBackup::marked(const std::string& path) {
  ++counts_.marked;
  context_.log(join_path(shown_, path) + ": is marked, so its content is left out");
}

void TreeBackup::left_out(const std::string& path, const Error& why) {
  counts_.unreadable.add(path);
  context_.warn(files::left_out(why), join_path(shown_, path));
}

void TreeBackup::file(TreeRecord record, const std::string& path, std::uint64_t device, std::uint64_t links) {
  Pending pending;
  if (links > 1 && is_later_link(record, pending, device, links)) {
    pending.path = path;
    pending.record = std::move(record);
    return push(std::move(pending));
  }
  const TreeRecord* before = earlier_.tree().find(record.name);
  if (before != nullptr && earlier_.take(record, *before)) {
    ++counts_.unchanged;
    record.xattrs = before->xattrs;
    record.content = before->content;
    pending.record = std::move(record);
  } else {
    read_later(std::move(record), path, pending);
  }
  push(std::move(pending));
}

bool TreeBackup::is_later_link(TreeRecord& record, Pending& pending, std::uint64_t device, std::uint64_t links) {
  const std::pair key(device, record.inode);
  const auto [found, first] = links_.try_emplace(key);
  if (first) {
    found->second = std::make_shared<Link>();
    found->second->names_left = links;
  }
  pending.link = found->second;
  if (--pending.link->names_left == 0) links_.erase(found);
  if (first) return false;
  record.kind = FileKind::hard_link;
  record.linked = false;
  return true;
}

void TreeBackup::read_later(TreeRecord record, const std::string& path, Pending& pending) {
  const std::uint64_t size = record.content.size;
  // A large file has a bundle of its own, so that it need not be kept because of other files.
  if (size >= kBundleTarget && !job_->tasks.empty()) submit();
  pending.job = job_;
  pending.task = job_->tasks.size();
  job_->tasks.push_back({.path = path, .record = std::move(record)});
  job_->bytes += size;
  if (job_->bytes >= kBundleTarget || job_->tasks.size() == kBundleFiles) submit();
}

void TreeBackup::submit() {
  if (job_->tasks.empty()) return;
  pool_.submit(job_);
  job_ = new_job();
}

void TreeBackup::push(Pending pending) {
  pending_.push_back(std::move(pending));
  write_ready();
  if (pending_.size() < kMaxPending) return;
  // The first pending record waits for a reader, or for a bundle that is not full yet.
  if (pending_.front().job == job_) submit();
  pool_.wait_until([this] { return front_is_ready(); });
  write_ready();
}

void TreeBackup::push_record(TreeRecord record) {
  Pending pending;
  pending.record = std::move(record);
  push(std::move(pending));
}

bool TreeBackup::front_is_ready() const { return !pending_.front().job || pending_.front().job->done; }

void TreeBackup::write_ready() {
  while (!pending_.empty() && front_is_ready()) {
    write_front();
    pending_.pop_front();
  }
}

void TreeBackup::write_front() {
  Pending& pending = pending_.front();
  Link* link = pending.link.get();
  if (!pending.job) {
    if (pending.record.kind == FileKind::hard_link && link->state == Link::State::lost) replace_lost_link(pending.record, pending.path);
    return write_record(pending.record, link);
  }
  ReadTask& task = pending.job->tasks[pending.task];
  if (task.left_out) counts_.unreadable.add(task.path);
  if (!task.vanished && !task.left_out) return write_record(task.record, link);
  if (link != nullptr) link->state = Link::State::lost;
}

// The first name no longer existed when it was to be read; now this one is the first.
void TreeBackup::replace_lost_link(TreeRecord& record, const std::string& path) {
  ReadJob job;
  job.bundle = ++last_bundle_;
  record.kind = FileKind::regular;
  record.linked = true;
  job.tasks.push_back({.path = path, .record = std::move(record)});
  reader_.read(job);
  ReadTask& task = job.tasks.front();
  if (task.left_out) counts_.unreadable.add(task.path);
  record = std::move(task.record);
  if (task.vanished || task.left_out) record.kind = FileKind::hard_link;
}

void TreeBackup::write_record(TreeRecord& record, Link* link) {
  switch (record.kind) {
    case FileKind::end: return tree_.end_directory();
    case FileKind::directory: ++counts_.folders; break;
    case FileKind::hard_link:
      if (link->state == Link::State::lost) return;  // it no longer exists either
      record.link = link->number;
      ++counts_.files;
      break;
    default: ++counts_.files;
  }
  if (record.linked) {
    link->state = Link::State::written;
    link->number = linked_++;
  }
  if (record.changed) ++counts_.changed;
  if (record.kind == FileKind::regular) counts_.bytes += record.content.size;
  tree_.write(record);
}

TreeCounts TreeBackup::finish() {
  submit();
  pool_.finish();
  write_ready();
  tree_.flush();
  entry_->commit();
  earlier_.commit();
  const std::string& damage = earlier_.tree().damage();
  if (!damage.empty()) context_.warn("the earlier backup can't be read, so files were read that may not have changed: " + damage);
  return counts_;
}

}  // namespace holdfast::files
