#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/retry_tally.hpp"
#include "holdfast/context.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/source.hpp"

namespace holdfast {

/// A backup while its sources and entries arrive, in any layout. Holds its manifest and checks the host's input. Safe
/// from many threads.
class BackupDraft {
 public:
  BackupDraft(BackupId id, TimePoint started, const BackupOptions& options);

  const BackupId& id() const noexcept { return manifest_.id; }
  /// Returns the tally of the operation that began the backup: its entries may come from any thread.
  const std::shared_ptr<RetryTally>& retried() const noexcept { return retried_; }

  std::uint32_t add_source(const SourceInfo& info);
  void note(std::uint32_t source, const std::string& key, std::string value);
  void set_instant(std::uint32_t source, TimePoint instant);

  /// Checks an entry's description and reserves its name. Returns its number, from 1. The entry is unfinished until
  /// closed().
  std::uint64_t open(std::uint32_t source, const EntryInfo& info);
  void add(EntryRecord record);
  /// Called when the entry is part of the backup, or was left out deliberately.
  void closed(std::uint32_t source, const std::string& name);

  /// Throws Error{invalid_state} if the draft was finished or given up.
  void check_open() const;
  /// Accepts no more entries. Throws Error{invalid_state} if there is no source, or if an entry is unfinished: it is
  /// still being written, or its writer was destroyed without commit or abort.
  Manifest finish(TimePoint finished);
  void give_up() noexcept { ended_ = true; }

  /// Returns whether the backup is a single stream with its manifest beside it, rather than a folder.
  bool single_stream() const;
  const SourceInfo& source(std::uint32_t number) const { return sources_.at(number); }

 private:
  const std::shared_ptr<RetryTally> retried_ = RetryTally::current();
  mutable std::mutex mutex_;
  Manifest manifest_;
  std::vector<SourceInfo> sources_;
  std::set<std::pair<std::uint32_t, std::string>> entry_names_;
  std::set<std::pair<std::uint32_t, std::string>> unfinished_;
  std::atomic<bool> ended_{false};
};

/// Implements EntryWriter::note. Throws Error{invalid_argument} that names the entry unless both texts are UTF-8.
void note_attribute(Notes& attributes, const std::string& entry, const std::string& key, std::string value);

/// Throws Error{unsupported} for options of a source or its driver: nothing is opened that could take them.
void require_nothing_to_select(const BackupOptions& options);

/// The BackupWriter of one source of a draft. The layout decides how an entry is written. `draft` outlives it.
class DraftSource : public BackupWriter {
 public:
  /// Opens the writer of an entry whose name is reserved and whose number is `number`. Only write(), note(), cut() and
  /// commit() of that writer are called; its commit() calls `draft.add()`.
  using OpenEntryWriter = std::function<std::unique_ptr<EntryWriter>(std::uint32_t source, EntryInfo info, std::uint64_t number)>;
  DraftSource(std::shared_ptr<BackupDraft> draft, std::uint32_t source, bool encrypted, OpenEntryWriter open_entry)
      : draft_(std::move(draft)), source_(source), encrypted_(encrypted), open_entry_(std::move(open_entry)) {}

  std::unique_ptr<EntryWriter> open(EntryInfo info) override { return open_with(std::move(info), open_entry_); }
  void note(const std::string& key, std::string value) override { draft_->note(source_, key, std::move(value)); }
  void set_instant(TimePoint instant) override { draft_->set_instant(source_, instant); }
  bool encrypted() const override { return encrypted_; }

 protected:
  std::unique_ptr<EntryWriter> open_with(EntryInfo info, const OpenEntryWriter& open_entry);

 private:
  const std::shared_ptr<BackupDraft> draft_;
  std::uint32_t source_;
  bool encrypted_;
  OpenEntryWriter open_entry_;
};

}  // namespace holdfast
