#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/big_endian.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

/// Packet types of SFTP version 3 (draft-ietf-secsh-filexfer-02).
enum class SftpType : std::uint8_t {
  init = 1,
  version = 2,
  open = 3,
  close = 4,
  read = 5,
  write = 6,
  lstat = 7,
  fstat = 8,
  setstat = 9,
  fsetstat = 10,
  opendir = 11,
  readdir = 12,
  remove = 13,
  mkdir = 14,
  rmdir = 15,
  stat = 17,
  rename = 18,
  status = 101,
  handle = 102,
  data = 103,
  name = 104,
  attributes = 105,
  extended = 200,
};

enum class SftpStatus : std::uint32_t { ok = 0, end = 1, no_such_file = 2, permission_denied = 3, failure = 4, unsupported = 8 };

constexpr std::uint32_t kSftpRead = 1, kSftpWrite = 2, kSftpCreate = 8, kSftpExclusive = 0x20;

struct SftpAttributes {
  std::uint64_t size = 0;
  std::uint32_t owner = 0, group = 0;
  std::uint32_t mode = 0;
  std::uint32_t modified = 0;  ///< seconds since 1970
};

/// Builds the body of a packet.
class SftpBody {
 public:
  SftpBody& number(std::uint32_t value) {
    append_number(bytes_, value);
    return *this;
  }
  SftpBody& large(std::uint64_t value) {
    append_number(bytes_, value);
    return *this;
  }
  SftpBody& data(ByteView value) {
    append_number(bytes_, static_cast<std::uint32_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  SftpBody& text(std::string_view value) { return data(as_bytes(value)); }
  SftpBody& mode(std::uint32_t value) { return number(4).number(value); }
  SftpBody& owners(std::uint32_t owner, std::uint32_t group) { return number(2).number(owner).number(group); }
  SftpBody& no_attributes() { return number(0); }
  const Bytes& bytes() const noexcept { return bytes_; }

 private:
  Bytes bytes_;
};

/// Parses a packet's body. Throws Error{network} if it is shorter than it claims.
class SftpParser {
 public:
  explicit SftpParser(ByteView rest) : rest_(rest) {}
  bool empty() const noexcept { return rest_.empty(); }
  std::uint32_t number() { return number_in<std::uint32_t>(take(4)); }
  std::uint64_t large() { return number_in<std::uint64_t>(take(8)); }
  ByteView data() { return take(number()); }
  std::string text() { return std::string(as_text(data())); }
  SftpAttributes attributes() {
    SftpAttributes found;
    const std::uint32_t flags = number();
    if ((flags & 1U) != 0) found.size = large();
    if ((flags & 2U) != 0) {
      found.owner = number();
      found.group = number();
    }
    if ((flags & 4U) != 0) found.mode = number();
    if ((flags & 8U) != 0) {
      number();
      found.modified = number();
    }
    if ((flags & 0x80000000U) != 0)
      for (std::uint32_t left = number(); left > 0; --left) {
        data();
        data();
      }
    return found;
  }

 private:
  ByteView take(std::size_t count) {
    if (count > rest_.size()) throw Error(ErrorCode::network, "the SFTP server sent a packet that is cut", true);
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  ByteView rest_;
};

}  // namespace holdfast
