#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "driver/files/previous_tree.hpp"
#include "driver/files/tree.hpp"
#include "holdfast/source.hpp"

namespace holdfast::files {

/// The parts of an earlier backup of the same tree that a new one reuses without reading the files. One thread.
class EarlierBackup {
 public:
  EarlierBackup(BackupWriter& out, const SourceRecord& source);

  PreviousTree& tree() noexcept { return *tree_; }
  std::uint32_t last_bundle() const noexcept { return last_bundle_; }

  /// Returns whether `now`, a regular file as found, equals `before` and its bytes can be reused. If so, reuses them.
  bool take(const TreeRecord& now, const TreeRecord& before);
  /// Commits the bundles of which bytes are reused.
  void commit();

 private:
  struct Bundle {
    const EntryRecord* entry = nullptr;
    bool worth_it = false;  ///< enough of it is still needed
    std::unique_ptr<EntryWriter> writer;
    std::uint64_t live = 0;  ///< number of its bytes that files of this backup use
  };
  bool take_content(const Content& content);

  BackupWriter& out_;
  std::optional<BackupView> view_;
  std::unique_ptr<PreviousTree> tree_;
  std::map<std::uint32_t, Bundle> bundles_;
  std::uint32_t last_bundle_ = 0;
  Timestamp settled_;  // a file changed later may have changed again in the same clock tick
};

}  // namespace holdfast::files
