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

/// Wraps the layout's writer of an entry, and tells the draft when the entry is committed or aborted.
class WatchedEntryWriter final : public EntryWriter {
 public:
  WatchedEntryWriter(std::shared_ptr<BackupDraft> draft, std::uint32_t source, std::string name, std::unique_ptr<EntryWriter> inner)
      : draft_(std::move(draft)), source_(source), name_(std::move(name)), inner_(std::move(inner)) {}

  void write(ByteView data) override {
    attempt([&](EntryWriter& inner) { inner.write(data); });
  }
  void note(const std::string& key, std::string value) override { open().note(key, std::move(value)); }
  void cut() override { open().cut(); }
  void commit() override {
    attempt([](EntryWriter& inner) { inner.commit(); });
    close();
  }
  void abort() override {
    if (inner_) close();
  }

 private:
  EntryWriter& open() const {
    if (!inner_) throw Error(ErrorCode::invalid_state, "entry " + name_ + " was committed or aborted: nothing can be added to it");
    return *inner_;
  }
  template <typename Call>
  void attempt(Call&& call) {
    if (failed_) throw Error(ErrorCode::invalid_state, "entry " + name_ + " failed before: abort it to leave it out of the backup");
    failed_ = true;
    const RetryTally::Scope scope(draft_->retried());
    call(open());
    failed_ = false;
  }
  void close() {
    inner_.reset();
    draft_->closed(source_, name_);
  }

  const std::shared_ptr<BackupDraft> draft_;
  const std::uint32_t source_;
  const std::string name_;
  std::unique_ptr<EntryWriter> inner_;  // null: committed or aborted
  bool failed_ = false;
};

}  // namespace

std::optional<BackupView> BackupWriter::previous(const std::function<bool(const SourceRecord&)>&) { return std::nullopt; }

std::unique_ptr<EntryWriter> BackupWriter::reuse(const EntryRecord&) { return nullptr; }

void note_attribute(Notes& attributes, const std::string& entry, const std::string& key, std::string value) {
  check_notes({{key, value}}, "an attribute of entry " + entry);
  attributes[key] = std::move(value);
}

void require_nothing_to_select(const BackupOptions& options) {
  if (!options.selection.empty())
    throw Error(ErrorCode::unsupported, "the data was selected already, or is copied as a whole: leave out include and exclude");
  if (!options.driver.empty())
    throw Error(ErrorCode::unsupported, "no driver is opened that could take option " + options.driver.begin()->first + ": leave it out");
}

std::unique_ptr<EntryWriter> DraftSource::open_with(EntryInfo info, const OpenEntryWriter& open_entry) {
  const std::uint64_t number = draft_->open(source_, info);
  std::string name = info.name;
  const RetryTally::Scope scope(draft_->retried());
  auto inner = open_entry(source_, std::move(info), number);
  return std::make_unique<WatchedEntryWriter>(draft_, source_, std::move(name), std::move(inner));
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
    throw Error(ErrorCode::invalid_state, "entry " + info.name + " is the second of a source that declared a single stream");
  }
  if (entry_names_.size() == kMaxEntries) throw Error(ErrorCode::limit, fmt::format("a backup has at most {} entries", kMaxEntries));
  if (!entry_names_.emplace(source, info.name).second)
    throw Error(ErrorCode::invalid_argument, "entry " + info.name + " exists already in this source");
  unfinished_.emplace(source, info.name);
  return entry_names_.size();
}

void BackupDraft::closed(std::uint32_t source, const std::string& name) {
  const std::lock_guard lock(mutex_);
  unfinished_.erase({source, name});
}

void BackupDraft::add(EntryRecord record) {
  check_open();
  const std::lock_guard lock(mutex_);
  manifest_.entries.push_back(std::move(record));
}

void BackupDraft::check_open() const {
  if (ended_) throw Error(ErrorCode::invalid_state, "backup " + id() + " was committed or given up: nothing can be added to it");
}

Manifest BackupDraft::finish(TimePoint finished) {
  check_open();
  const std::lock_guard lock(mutex_);
  if (!unfinished_.empty()) {
    throw Error(ErrorCode::invalid_state,
                fmt::format("backup {}: entry '{}' was begun and not finished{}: commit it, or abort it to leave it out", id(),
                            unfinished_.begin()->second,
                            unfinished_.size() == 1 ? "" : fmt::format(", nor were {} others", unfinished_.size() - 1)));
  }
  if (sources_.empty()) throw Error(ErrorCode::invalid_state, "backup " + id() + " has no source");
  ended_ = true;
  manifest_.finished = finished;
  return manifest_;
}

}  // namespace holdfast
