#pragma once

#include <cstdint>
#include <string>

#include "driver/files/tree.hpp"
#include "holdfast/context.hpp"

namespace holdfast::files {

/// Compares open files with what a backup has of them. One thread; the context outlives it.
class ContentCheck {
 public:
  explicit ContentCheck(const Context& context);

  /// Returns whether the stored bytes are equal, and the holes are empty. Expects the recorded size. Throws an Error
  /// that names `shown`.
  bool same_bytes(int fd, const Content& content, const std::string& shown);
  /// Returns whether the holes of the last file are mostly zeros that take up space. Not every file system has holes,
  /// and the smallest ones differ.
  bool holes_are_filled(const Content& content) const;

 private:
  bool is_empty(int fd, std::uint64_t at, std::uint64_t end, const std::string& shown);
  ByteView read(int fd, std::uint64_t at, std::uint64_t end, const std::string& shown);

  const Context& context_;
  Bytes buffer_;
  std::uint64_t zeros_ = 0;  // in the holes of the last file
};

}  // namespace holdfast::files
