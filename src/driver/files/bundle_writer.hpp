#pragma once

#include <cstdint>
#include <memory>

#include "driver/files/tree.hpp"
#include "holdfast/source.hpp"

namespace holdfast::files {

constexpr std::uint64_t kBundleTarget = 16U << 20;  ///< a bundle is read when it has this many bytes
constexpr std::size_t kBundleFiles = 8192;          ///< … or this many files
constexpr std::uint64_t kOwnChunk = 256U << 10;     ///< a file this large starts a new chunk, so that copies are found

/// The entry of one bundle. It is created with the first byte, because there may be none.
class BundleWriter {
 public:
  BundleWriter(std::uint32_t number, BackupWriter& out) : number_(number), out_(out) {}
  void write(ByteView data) {
    entry().write(data);
    size_ += data.size();
  }
  void cut() { entry().cut(); }
  std::uint32_t number() const noexcept { return number_; }
  std::uint64_t size() const noexcept { return size_; }
  void commit() {
    if (!entry_) return;
    if (size_ != 0) return entry_->commit();
    entry_->abort();  // it was begun for a file that was empty when it was read
  }

 private:
  EntryWriter& entry() {
    if (!entry_) entry_ = out_.open({.name = bundle_name(number_), .kind = std::string(kBundleKind), .attributes = {}, .restore_with = {}});
    return *entry_;
  }

  std::uint32_t number_;
  BackupWriter& out_;
  std::unique_ptr<EntryWriter> entry_;
  std::uint64_t size_ = 0;
};

}  // namespace holdfast::files
