#include "driver/files/bundle_stream.hpp"

#include <algorithm>

#include "driver/files/tree.hpp"

namespace holdfast::files {

Bundles::Bundles(const BackupView& backup) : backup_(backup) {
  for (const EntryRecord* entry : backup.entries()) {
    if (const std::uint32_t number = bundle_number(entry->name)) entries_[number] = entry;
  }
}

std::unique_ptr<Reader> Bundles::open(std::uint32_t number) const {
  const auto found = entries_.find(number);
  if (found != entries_.end()) return backup_.open(*found->second);
  throw Error(ErrorCode::corrupt, bundle_name(number) + ": the list of files names it, and the backup does not have it");
}

ByteView BundleStream::take(std::uint64_t most) {
  const ByteView taken = read(most);
  if (taken.empty()) throw Error(ErrorCode::corrupt, name_ + ": is shorter than the list of files says");
  context_.add_progress(taken.size(), 0);
  return taken;
}

void BundleStream::skip_to(std::uint64_t offset) {
  if (offset < at_) throw Error(ErrorCode::corrupt, name_ + ": the list of files gives the same bytes of it to two files");
  while (at_ < offset) take(offset - at_);
}

void BundleStream::drain() {
  while (!read(buffer_.size()).empty()) continue;
}

ByteView BundleStream::read(std::uint64_t most) {
  context_.check();
  if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
  const std::size_t got = from_->read(std::span(buffer_).first(std::min<std::uint64_t>(most, buffer_.size())));
  at_ += got;
  return ByteView(buffer_).first(got);
}

}  // namespace holdfast::files
