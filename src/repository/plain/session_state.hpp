#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "holdfast/repository.hpp"
#include "holdfast/transform.hpp"
#include "repository/names.hpp"
#include "repository/plain/place.hpp"
#include "repository/plain/restore_text.hpp"

namespace holdfast {

/// What the writers of one backup share. Safe from many threads.
class SessionState {
 public:
  SessionState(std::shared_ptr<const PlainPlace> place, const BackupOptions& options, Context& context);

  const PlainPlace& place() const noexcept { return *place_; }
  Context& context() const noexcept { return context_; }
  const BackupId& id() const noexcept { return manifest_.id; }

  std::uint32_t add_source(const SourceInfo& info);
  void note(std::uint32_t source, const std::string& key, std::string value);
  void set_instant(std::uint32_t source, TimePoint instant);

  struct Opened {
    std::string object;
    TransformPtr compression, encryption, throttle;  // any may be null
  };
  /// Checks the entry's name and gives it its object. `closed` must follow.
  Opened open(std::uint32_t source, const EntryInfo& info);
  void add(EntryRecord record, const EntryInfo& info);
  void closed() noexcept { --open_writers_; }

  /// Throws Error{invalid_state} once the session was committed or given up.
  void check_open() const;
  /// Leaves a sign of life for those who collect what dead writers left, if the last one is old.
  void beat();

  /// Ends the taking of entries; what was taken, without the extras. Throws Error{invalid_state} while an entry is being written.
  Manifest finish();
  void give_up() noexcept { ended_ = true; }
  /// Whether this is a single stream with its manifest beside it, rather than a folder.
  bool single_stream() const;
  const std::vector<RestoreStep>& steps() const noexcept { return steps_; }

 private:
  std::string base_name(std::uint32_t source, const EntryInfo& info, std::uint64_t number) const;

  std::shared_ptr<const PlainPlace> place_;
  Context& context_;
  const BackupOptions options_;
  const TransformPtr throttle_;

  mutable std::mutex mutex_;
  Manifest manifest_;
  std::vector<SourceInfo> sources_;
  std::vector<TransformPtr> compressions_;  // of each source
  std::vector<RestoreStep> steps_;
  std::set<std::pair<std::uint32_t, std::string>> entry_names_;
  NameTable objects_;
  TimePoint last_beat_;
  std::uint64_t beats_ = 0;
  std::atomic<int> open_writers_{0};
  std::atomic<bool> ended_{false};
};

}  // namespace holdfast
