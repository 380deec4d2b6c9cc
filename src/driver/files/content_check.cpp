#include "driver/files/content_check.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/xxh3.hpp"
#include "driver/files/beneath.hpp"
#include "driver/files/metadata.hpp"

namespace holdfast::files {

ContentCheck::ContentCheck(const Context& context) : context_(context), buffer_(kFileBuffer) {}

bool ContentCheck::holes_are_filled(const Content& content) const { return zeros_ > (content.size - content.stored()) / 2; }

bool ContentCheck::same_bytes(int fd, const Content& content, const std::string& shown) {
  Xxh3 hash;
  std::uint64_t at = 0;
  zeros_ = 0;
  for (const Extent& extent : content.stretches()) {
    if (!is_empty(fd, at, extent.offset, shown)) return false;
    at = extent.offset;
    for (const std::uint64_t end = at + extent.bytes; at < end;) {
      const ByteView data = read(fd, at, end, shown);
      if (data.empty()) return false;
      hash.update(data);
      at += data.size();
    }
  }
  return is_empty(fd, at, content.size, shown) && (content.stored() == 0 || hash.finish() == content.hash);
}

// Returns whether there are only zeros or holes. Counts the zeros.
bool ContentCheck::is_empty(int fd, std::uint64_t at, std::uint64_t end, const std::string& shown) {
  while (at < end) {
    const off_t next = ::lseek(fd, static_cast<off_t>(at), SEEK_DATA);
    if (next < 0 && errno == ENXIO) return true;
    if (next >= 0) at = std::max(at, static_cast<std::uint64_t>(next));
    if (at >= end) return true;
    const ByteView data = read(fd, at, end, shown);
    if (data.empty() || std::any_of(data.begin(), data.end(), [](std::byte one) { return one != std::byte{0}; })) return false;
    zeros_ += data.size();
    at += data.size();
  }
  return true;
}

ByteView ContentCheck::read(int fd, std::uint64_t at, std::uint64_t end, const std::string& shown) {
  context_.check();
  ssize_t got = -1;
  do {
    got = ::pread(fd, buffer_.data(), std::min<std::uint64_t>(buffer_.size(), end - at), static_cast<off_t>(at));
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw unreadable(shown, errno);
  return ByteView(buffer_).first(static_cast<std::size_t>(got));
}

}  // namespace holdfast::files
