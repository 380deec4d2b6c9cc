#pragma once

#include <string>

#include "base/fd.hpp"
#include "holdfast/bytes.hpp"

namespace holdfast {

/// Bytes that a child process can open as a seekable file without a disk: let the child inherit `fd()`, and give it
/// `path()` as the name.
class MemoryFile {
 public:
  explicit MemoryFile(ByteView content);
  int fd() const noexcept { return fd_.get(); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  Fd fd_;
};

}  // namespace holdfast
