#pragma once

#include <filesystem>

#include "base/fd.hpp"

namespace holdfast {

/// A new folder that nobody else may look into, for what is thrown away. Destroyed = removed with all that is in it; if this process is
/// killed before, the next one that is made in the same place removes it. It holds a file `lock`.
class ScratchDirectory {
 public:
  /// Throws Error.
  explicit ScratchDirectory(const std::filesystem::path& parent);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  Fd lock_;  // held while we live: whoever gets it may remove the folder
};

}  // namespace holdfast
