#pragma once

#include <optional>

#include "base/xxh3.hpp"
#include "repository/draft.hpp"
#include "repository/host_transforms.hpp"

namespace holdfast {

/// Writes one entry of a draft: hashes and counts its bytes, sends them through the host's transforms, and adds its
/// record to the draft after it is stored. Each layout implements how its bytes are stored.
class RecordedEntry : public EntryWriter {
 public:
  void write(ByteView data) final;
  void note(const std::string& key, std::string value) final;
  void commit() final;

 protected:
  RecordedEntry(BackupDraft& draft, Context& context, std::uint32_t source, EntryInfo info, const HostChain& chain);

  /// Leaves a sign of life for collectors, if one is due.
  virtual void beat() = 0;
  virtual void store(ByteView data) = 0;
  /// Completes the entry's bytes and adds to `record` where they are.
  virtual void finish(EntryRecord& record) = 0;
  virtual void add(EntryRecord record) { draft_.add(std::move(record)); }

  Context& context() const noexcept { return context_; }
  EntryRecord record_;

 private:
  class ToStore;
  Writer& encoder();

  BackupDraft& draft_;
  Context& context_;
  Xxh3 hash_;
  const std::optional<EncodedForm> encoded_;  // of a copy
  const HostChain chain_;                     // empty: what is written is stored
  std::unique_ptr<Writer> encoder_;           // its streams, begun with the first byte
};

}  // namespace holdfast
