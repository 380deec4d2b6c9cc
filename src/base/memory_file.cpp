#include "base/memory_file.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/system_error.hpp"

namespace holdfast {

MemoryFile::MemoryFile(ByteView content) : fd_(::memfd_create("holdfast", MFD_CLOEXEC)) {
  if (!fd_ || ::fchmod(fd_.get(), 0600) != 0) throw system_error("can't make a file in memory", errno);
  while (!content.empty()) {
    const ssize_t put = ::write(fd_.get(), content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw system_error("can't fill a file in memory", errno);
    content = content.subspan(static_cast<std::size_t>(put));
  }
}

}  // namespace holdfast
