#pragma once

#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "holdfast/error.hpp"
#include "holdfast/target.hpp"

namespace holdfast::files {

/// The name of a mark in a folder that is being restored. It is removed when the restore is complete.
constexpr std::string_view kUnfinishedMark = ".holdfast-restore-unfinished";

/// Tells that a folder holds no interrupted restore.
Error nothing_to_resume(const std::string& shown);

/// The mark of one restore: of which backup, with which options. It is locked while the restore runs.
class UnfinishedMark {
 public:
  /// `root` is the open folder; it outlives this.
  UnfinishedMark(int root, std::string shown, const BackupView& backup, const RestoreOptions& options);

  /// Marks an empty folder.
  void make();
  /// Takes over the mark of the same restore, which was interrupted. Throws Error{invalid_state} if there is none, or
  /// another one's, or if that restore still runs.
  void resume();
  void remove();

 private:
  void lock();
  std::string read() const;
  bool is_alone() const;

  int root_;
  std::string shown_;
  std::string text_;
  Fd fd_;
};

}  // namespace holdfast::files
