#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/rate_limiter.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/transform.hpp"
#include "repository/draft.hpp"
#include "repository/heartbeat.hpp"
#include "repository/host_transforms.hpp"
#include "repository/names.hpp"
#include "repository/plain/objects.hpp"
#include "repository/plain/place.hpp"
#include "repository/plain/restore_text.hpp"

namespace holdfast {

/// The state that all writers of one backup share: its draft, and where and how each entry is stored. Safe from many
/// threads.
class SessionState {
 public:
  SessionState(std::shared_ptr<const PlainPlace> place, HostChain chain, const BackupOptions& options, Context& context);

  const PlainPlace& place() const noexcept { return *place_; }
  Context& context() const noexcept { return context_; }
  BackupDraft& draft() noexcept { return draft_; }
  const BackupId& id() const noexcept { return draft_.id(); }
  const Claim& claim() const noexcept { return claim_; }
  const HostChain& chain() const noexcept { return chain_; }
  /// Limits the bytes written to the storage; may be null.
  const std::shared_ptr<RateLimiter>& limiter() const noexcept { return limiter_; }
  Doubts& doubts() noexcept { return doubts_; }

  std::uint32_t add_source(const SourceInfo& info);

  struct Stored {
    std::string object;
    TransformPtr compression, encryption;  // any may be null
  };
  /// Gives the entry of that number its object.
  Stored place_entry(std::uint32_t source, const EntryInfo& info, std::uint64_t number);
  void add(EntryRecord record);

  /// Puts a sign of life if the last one is old: collectors consider a silent writer dead.
  void beat();
  /// B8: removes the records of this session and no others, because somebody may already be removing the backup.
  void release() const;

  const std::vector<RestoreStep>& steps() const noexcept { return steps_; }

 private:
  std::string base_name(std::uint32_t source, const EntryInfo& info, std::uint64_t number) const;

  std::shared_ptr<const PlainPlace> place_;
  const HostChain chain_;
  Context& context_;
  const BackupOptions options_;
  const std::shared_ptr<RateLimiter> limiter_;
  Heartbeat heartbeat_;
  Doubts doubts_;
  const Claim claim_;
  BackupDraft draft_;

  mutable std::mutex mutex_;                // guards the members below
  std::vector<std::string> signs_;          // signs of life: stored names
  std::vector<TransformPtr> compressions_;  // by source
  std::vector<RestoreStep> steps_;
  NameTable objects_;
};

}  // namespace holdfast
