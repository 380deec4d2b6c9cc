#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "driver/files/previous_tree.hpp"
#include "driver/files/tree.hpp"
#include "holdfast/source.hpp"

namespace holdfast::files {

/// What an earlier backup of the same tree lets a new one leave unread. One thread.
class EarlierBackup {
 public:
  EarlierBackup(BackupWriter& out, const SourceRecord& source);

  PreviousTree& tree() noexcept { return *tree_; }
  std::uint32_t last_bundle() const noexcept { return last_bundle_; }

  /// Whether `now`, a regular file as it was found, is what `before` says, and its bytes can be taken over. Then they are.
  bool take(const TreeRecord& now, const TreeRecord& before);
  /// Commits the bundles that something was taken of.
  void commit();

 private:
  struct Bundle {
    const EntryRecord* entry = nullptr;
    bool worth_it = false;  ///< enough of it is still needed
    std::unique_ptr<EntryWriter> writer;
    std::uint64_t live = 0;  ///< bytes of it that files of this backup have
  };
  bool take_content(const Content& content);

  BackupWriter& out_;
  std::optional<BackupView> view_;
  std::unique_ptr<PreviousTree> tree_;
  std::map<std::uint32_t, Bundle> bundles_;
  std::uint32_t last_bundle_ = 0;
  Timestamp settled_;  // who changed later may have changed again in the same tick of the clock, unseen
};

}  // namespace holdfast::files
