#include "repository/draft.hpp"

#include <fmt/format.h>

#include "holdfast/error.hpp"
#include "repository/document.hpp"
#include "repository/format.hpp"
#include "repository/manifest_codec.hpp"

namespace holdfast {

namespace {

void check_notes(const Notes& notes, std::string_view what) {
  for (const auto& [key, value] : notes) {
    check_utf8(key, what);
    check_utf8(value, what);
  }
}

void check_texts(const EntryInfo& info) {
  if (info.name.empty() || info.name.size() > kMaxEntryName) {
    throw Error(ErrorCode::invalid_argument, fmt::format("an entry's name has 1 to {} bytes, not {}", kMaxEntryName, info.name.size()));
  }
  check_utf8(info.name, "an entry's name");
  check_utf8(info.kind, "the kind of an entry");
  check_notes(info.attributes, "an attribute of entry " + info.name);
}

void check_texts(const SourceRecord& record) {
  for (const std::string* text : {&record.uri, &record.driver, &record.name}) check_utf8(*text, "a source's description");
  check_notes(record.notes, "a note of source " + record.name);
}

}  // namespace

std::optional<BackupView> BackupWriter::previous(const std::function<bool(const SourceRecord&)>&) { return std::nullopt; }

std::unique_ptr<EntryWriter> BackupWriter::reuse(const EntryRecord&) { return nullptr; }

void note_attribute(Notes& attributes, const std::string& entry, const std::string& key, std::string value) {
  check_notes({{key, value}}, "an attribute of entry " + entry);
  attributes[key] = std::move(value);
}

BackupDraft::BackupDraft(BackupId id, TimePoint started, const BackupOptions& options) {
  check_notes(options.tags, "a tag");
  manifest_.id = std::move(id);
  manifest_.started = options.started.value_or(started);
  manifest_.tags = options.tags;
  manifest_.written_by = written_by();
}

std::uint32_t BackupDraft::add_source(const SourceInfo& info) {
  check_texts(info.record);
  check_open();
  const std::lock_guard lock(mutex_);
  if (sources_.size() == kMaxSources) throw Error(ErrorCode::limit, fmt::format("a backup has at most {} sources", kMaxSources));
  sources_.push_back(info);
  manifest_.sources.push_back(info.record);
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

void BackupDraft::note(std::uint32_t source, const std::string& key, std::string value) {
  check_notes({{key, value}}, "a note");
  const std::lock_guard lock(mutex_);
  manifest_.sources.at(source).notes[key] = std::move(value);
}

void BackupDraft::set_instant(std::uint32_t source, TimePoint instant) {
  const std::lock_guard lock(mutex_);
  manifest_.sources.at(source).instant = instant;
}

bool BackupDraft::single_stream() const { return sources_.size() == 1 && sources_.front().single_stream; }

std::uint64_t BackupDraft::open(std::uint32_t source, const EntryInfo& info) {
  check_open();
  check_texts(info);
  const std::lock_guard lock(mutex_);
  if (single_stream() && !entry_names_.empty()) {
    throw Error(ErrorCode::invalid_state, "a second entry, " + info.name + ", of a source that said it has a single stream");
  }
  if (entry_names_.size() == kMaxEntries) throw Error(ErrorCode::limit, fmt::format("a backup has at most {} entries", kMaxEntries));
  if (!entry_names_.emplace(source, info.name).second) throw Error(ErrorCode::invalid_argument, "entry " + info.name + " is there already");
  ++open_writers_;
  return entry_names_.size();
}

void BackupDraft::add(EntryRecord record) {
  check_open();
  const std::lock_guard lock(mutex_);
  manifest_.entries.push_back(std::move(record));
}

void BackupDraft::check_open() const {
  if (ended_) throw Error(ErrorCode::invalid_state, "backup " + id() + " was committed or given up: nothing more goes in");
}

Manifest BackupDraft::finish(TimePoint finished) {
  check_open();
  if (open_writers_ != 0) throw Error(ErrorCode::invalid_state, "backup " + id() + ": an entry is still being written");
  const std::lock_guard lock(mutex_);
  if (sources_.empty()) throw Error(ErrorCode::invalid_state, "backup " + id() + " has no source");
  ended_ = true;
  manifest_.finished = finished;
  return manifest_;
}

}  // namespace holdfast
