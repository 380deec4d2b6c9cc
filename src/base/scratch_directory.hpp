#pragma once

#include <filesystem>

#include "base/executor.hpp"
#include "base/fd.hpp"

namespace holdfast {

/// A new folder for temporary data, private to this user. The destructor removes it with its content. If this process
/// is killed first, the next ScratchDirectory in the same place removes it. The folder contains a file `lock`.
class ScratchDirectory final : public ScratchPlace {
 public:
  /// Throws Error.
  explicit ScratchDirectory(const std::filesystem::path& parent);
  ~ScratchDirectory() override;
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const noexcept override { return path_; }

 private:
  std::filesystem::path path_;
  Fd lock_;  // held for our lifetime: a process that gets it may remove the folder
};

}  // namespace holdfast
