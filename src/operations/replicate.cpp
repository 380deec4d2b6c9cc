#include "holdfast/replication.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/retry.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

using Content = std::set<std::string>;

// What a copy has in common with its original: the sources, and the names and bytes of all entries.
Content content_of(const Manifest& manifest) {
  Content content;
  for (const SourceRecord& source : manifest.sources)
    content.insert(source.uri + " " + std::to_string(source.instant.time_since_epoch().count()));
  for (const EntryRecord& entry : manifest.entries)
    content.insert(std::to_string(entry.source) + " " + entry.content_hash + " " + std::to_string(entry.plain_bytes) + " " + entry.name);
  return content;
}

// The proof that a verification leaves; one at level quick leaves none.
bool is_proven(const BackupInfo& copy, VerifyLevel level) {
  if (copy.failed || level == VerifyLevel::quick) return false;
  return copy.level >= (level == VerifyLevel::full ? ProofLevel::checksummed : ProofLevel::restored);
}

/// Remembers from round to round what is there and which failures were told.
class Replication {
 public:
  Replication(const Repository& from, Repository& to, const ReplicationOptions& options, Context& context)
      : from_(from), to_(to), options_(options), context_(context) {}

  ReplicationReport round() {
    ReplicationReport report;
    const std::vector<BackupInfo> there = to_.list(context_);
    std::vector<BackupInfo> here = from_.list(context_);
    std::ranges::reverse(here);
    std::set<BackupId> done;
    for (const BackupInfo& backup : here) {
      context_.check();
      if (done_.contains(backup.id) || try_one(backup, there, report)) done.insert(backup.id);
    }
    report.present = done.size() - report.copied.size();
    done_ = std::move(done);
    return report;
  }

  ReplicationReport rounds() {
    ReplicationReport report;
    try {
      for (; !context_.cancelled(); pause_until(std::chrono::steady_clock::now() + options_.every, context_.stop)) report = safe_round();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::cancelled) throw;
    }
    return report;
  }

 private:
  ReplicationReport safe_round() {
    try {
      ReplicationReport report = round();
      told_.erase(BackupId());
      return report;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      ReplicationReport report;
      fail(report, {.backup = {}, .copy = {}, .error = error.message()});
      return report;
    }
  }

  bool try_one(const BackupInfo& backup, const std::vector<BackupInfo>& there, ReplicationReport& report) {
    Replicated one{.backup = backup.id, .copy = {}, .error = {}};
    try {
      if (!backup.damage.empty()) throw Error(ErrorCode::corrupt, backup.damage);
      one.copy = copy_of(backup, there);
      const bool is_new = !one.copy;
      if (is_new && options_.on_begin) options_.on_begin(backup.id);
      if (is_new) one.copy = from_.copy_to(backup.id, to_, {}, context_);
      verify(*one.copy);
      told_.erase(backup.id);
      if (is_new) tell(report.copied.emplace_back(std::move(one)));
      return true;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      one.error = error.message();
      fail(report, std::move(one));
      return false;
    }
  }

  std::optional<BackupInfo> copy_of(const BackupInfo& backup, const std::vector<BackupInfo>& there) const {
    for (const BackupInfo& other : there) {
      if (!other.damage.empty() || other.time != backup.time) continue;
      if (content_of(*to_.manifest(other.id, context_)) == content_of(*from_.manifest(backup.id, context_))) return other;
    }
    return std::nullopt;
  }

  void verify(const BackupInfo& copy) {
    if (!options_.verify || is_proven(copy, *options_.verify)) return;
    if (const auto known = damaged_.find(copy.id); known != damaged_.end()) throw Error(ErrorCode::corrupt, known->second);
    VerifyOptions verification;
    verification.level = *options_.verify;
    const VerifyReport report = to_.verify(copy.id, verification, context_);
    if (report.ok()) return;
    const Fault& fault = report.faults.empty() ? report.proof.faults.front() : report.faults.front();
    const std::string why = "the copy " + copy.id + " in " + to_.info().uri + " is damaged: " + fault.object + ": " + fault.what +
                            "; remove it there, and the next round copies the backup again";
    throw Error(ErrorCode::corrupt, damaged_[copy.id] = why);
  }

  void fail(ReplicationReport& report, Replicated&& one) {
    const bool known = std::exchange(told_[one.backup], one.error) == one.error;
    report.failed.push_back(std::move(one));
    if (!known) tell(report.failed.back());
  }

  void tell(const Replicated& one) const {
    if (options_.on_end) options_.on_end(one);
  }

  const Repository& from_;
  Repository& to_;
  const ReplicationOptions& options_;
  Context& context_;
  std::set<BackupId> done_;
  std::map<BackupId, std::string> told_;     // the last failure of each
  std::map<BackupId, std::string> damaged_;  // copies that need not be read again
};

}  // namespace

ReplicationReport replicate(const Repository& from, Repository& to, const ReplicationOptions& options, Context& context) {
  if (options.every < std::chrono::seconds(0)) throw Error(ErrorCode::invalid_argument, "the time between two rounds is negative");
  Replication replication(from, to, options, context);
  return options.every == std::chrono::seconds(0) ? replication.round() : replication.rounds();
}

}  // namespace holdfast
