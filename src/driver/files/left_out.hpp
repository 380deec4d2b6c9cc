#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "holdfast/manifest.hpp"
#include "holdfast/source.hpp"

namespace holdfast::files {

/// Files and folders that could not be read and are missing from a backup: their number, and the first of their names.
class LeftOutFiles {
 public:
  void add(const std::string& path);
  std::uint64_t count() const noexcept { return count_; }
  /// Adds them to the metadata of the backup's source.
  void note(BackupWriter& out) const;

 private:
  std::uint64_t count_ = 0;
  std::string names_;
};

/// Returns a warning if files are missing from a backup because they could not be read.
std::optional<std::string> missing_from(const SourceRecord& source);

}  // namespace holdfast::files
