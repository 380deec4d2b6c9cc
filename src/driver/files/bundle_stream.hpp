#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "holdfast/context.hpp"
#include "holdfast/error.hpp"
#include "holdfast/target.hpp"

namespace holdfast::files {

/// The bundles of a backup, by number. Safe from many threads.
class Bundles {
 public:
  explicit Bundles(const BackupView& backup);
  /// Throws Error{corrupt} if there is no bundle of that number.
  std::unique_ptr<Reader> open(std::uint32_t number) const;

 private:
  const BackupView& backup_;
  std::map<std::uint32_t, const EntryRecord*> entries_;
};

/// Reads the bytes of one bundle in order.
class BundleStream {
 public:
  /// The bytes pass through `buffer`, which several streams may share; it and the context outlive this.
  BundleStream(std::unique_ptr<Reader> from, std::string name, Bytes& buffer, const Context& context, std::stop_token stop = {})
      : from_(std::move(from)), name_(std::move(name)), buffer_(buffer), context_(context), stop_(std::move(stop)) {}

  std::uint64_t at() const noexcept { return at_; }
  /// Returns up to `most` bytes. They are valid until the next call.
  ByteView take(std::uint64_t most);
  void skip_to(std::uint64_t offset);
  /// Reads to the end, where the hash of the whole is compared.
  void drain();

 private:
  ByteView read(std::uint64_t most);

  std::unique_ptr<Reader> from_;
  std::string name_;
  Bytes& buffer_;
  const Context& context_;
  std::stop_token stop_;
  std::uint64_t at_ = 0;
};

}  // namespace holdfast::files
