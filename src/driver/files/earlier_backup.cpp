#include "driver/files/earlier_backup.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "holdfast/error.hpp"

namespace holdfast::files {

namespace {

constexpr const char* kLive = "live";              // attribute of a bundle: number of its bytes that files use
constexpr std::uint64_t kSmallBundle = 1U << 20;   // small bundles come from small changes …
constexpr std::ptrdiff_t kSmallBundles = 256;      // … and this many are read again into large ones
constexpr std::chrono::seconds kCoarsestClock{2};  // resolution of a file system's times

std::uint64_t live_bytes(const EntryRecord& entry) {
  const auto note = entry.attributes.find(kLive);
  std::uint64_t live = entry.plain_bytes;
  if (note != entry.attributes.end()) std::from_chars(note->second.data(), note->second.data() + note->second.size(), live);
  return live;
}

Timestamp timestamp_of(TimePoint time) { return {std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(), 0}; }

}  // namespace

EarlierBackup::EarlierBackup(BackupWriter& out, const SourceRecord& source) : out_(out) {
  const auto same_tree = [&source](const SourceRecord& other) { return other.driver == source.driver && other.uri == source.uri; };
  const auto same_host = [&](const SourceRecord& other) {
    return same_tree(other) && other.notes.contains("host") && other.notes.at("host") == source.notes.at("host");
  };
  view_ = out.previous(same_host);
  if (!view_) view_ = out.previous(same_tree);  // for hosts whose names change, such as containers
  const EntryRecord* list = view_ ? view_->find(std::string(kTreeEntry)) : nullptr;
  tree_ = std::make_unique<PreviousTree>(list != nullptr ? view_->open(*list) : nullptr);
  if (list == nullptr) return;
  settled_ = timestamp_of(view_->source().instant - kCoarsestClock);
  const auto entries = view_->entries();
  const bool many_small = std::count_if(entries.begin(), entries.end(), [](const EntryRecord* entry) {
                            return bundle_number(entry->name) != 0 && entry->plain_bytes < kSmallBundle;
                          }) > kSmallBundles;
  for (const EntryRecord* entry : entries) {
    const std::uint32_t number = bundle_number(entry->name);
    if (number == 0) continue;
    last_bundle_ = std::max(last_bundle_, number);
    const bool worth_it = live_bytes(*entry) >= entry->plain_bytes / 2 && !(many_small && entry->plain_bytes < kSmallBundle);
    bundles_[number] = {.entry = entry, .worth_it = worth_it, .writer = nullptr};
  }
}

bool EarlierBackup::take(const TreeRecord& now, const TreeRecord& before) {
  const bool same = before.kind == FileKind::regular && !before.changed && now.content.size == before.content.size &&
                    now.mtime == before.mtime && now.ctime == before.ctime && now.inode == before.inode && now.ctime < settled_;
  return same && take_content(before.content);
}

bool EarlierBackup::take_content(const Content& content) {
  if (content.bundle == 0) return true;
  const auto found = bundles_.find(content.bundle);
  if (found == bundles_.end()) return false;
  Bundle& bundle = found->second;
  const std::uint64_t size = bundle.entry->plain_bytes, stored = content.stored();
  if (!bundle.worth_it || content.offset > size || stored > size - content.offset) return false;
  if (!bundle.writer) {
    bundle.writer = out_.reuse(*bundle.entry);
    bundle.worth_it = bundle.writer != nullptr;
    if (!bundle.writer) return false;
  }
  bundle.live += stored;
  return true;
}

void EarlierBackup::commit() {
  for (auto& [number, bundle] : bundles_) {
    if (!bundle.writer) continue;
    if (bundle.live != live_bytes(*bundle.entry)) bundle.writer->note(kLive, std::to_string(bundle.live));
    bundle.writer->commit();
  }
}

}  // namespace holdfast::files
