#include "repository/plain/session_state.hpp"
#include "repository/format.hpp"

#include <fmt/format.h>

#include "holdfast/error.hpp"
#include "repository/manifest_codec.hpp"
#include "repository/plain/objects.hpp"

namespace holdfast {

namespace {

// A writer that gave no sign for 24 times as long is taken for dead.
constexpr std::chrono::hours kBeat{1};

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

SessionState::SessionState(std::shared_ptr<const PlainPlace> place, const BackupOptions& options, Context& context)
    : place_(std::move(place)),
      context_(context),
      options_(options),
      throttle_(context.limits.bandwidth_bytes_per_second == 0 ? nullptr
                                                               : throttle(context.limits.bandwidth_bytes_per_second, context.stop)),
      last_beat_(context.now()) {
  check_notes(options_.tags, "a tag");
  if (!options_.compression.empty()) parse_compression(options_.compression);  // a wrong one is told before anything is done
  manifest_.started = context.now();
  manifest_.tags = options_.tags;
  manifest_.written_by = written_by();
  manifest_.id = claim_id(*place_, manifest_.started, context);
  for (const char* ours : {"/manifest.json", "/RESTORE.txt", "/restore.sh", ".manifest.json", ".RESTORE.txt", ".restore.sh"}) {
    for (const char* suffix : {"", ".enc"}) objects_.take(id() + ours, suffix, 0);
  }
}

std::uint32_t SessionState::add_source(const SourceInfo& info) {
  check_texts(info.record);
  const std::string& wanted = !options_.compression.empty() ? options_.compression : info.compression;
  TransformPtr compression =
      parse_compression(wanted.empty() ? "zstd:1" : wanted, options_.decode_check ? DecodeCheck::on : DecodeCheck::off);
  check_open();
  const std::lock_guard lock(mutex_);
  if (sources_.size() == kMaxSources) throw Error(ErrorCode::limit, fmt::format("a backup has at most {} sources", kMaxSources));
  sources_.push_back(info);
  compressions_.push_back(std::move(compression));
  manifest_.sources.push_back(info.record);
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

void SessionState::note(std::uint32_t source, const std::string& key, std::string value) {
  check_notes({{key, value}}, "a note");
  const std::lock_guard lock(mutex_);
  manifest_.sources.at(source).notes[key] = std::move(value);
}

void SessionState::set_instant(std::uint32_t source, TimePoint instant) {
  const std::lock_guard lock(mutex_);
  manifest_.sources.at(source).instant = instant;
}

bool SessionState::single_stream() const { return sources_.size() == 1 && sources_.front().single_stream; }

std::string SessionState::base_name(std::uint32_t source, const EntryInfo& info, std::uint64_t number) const {
  if (single_stream()) {
    std::string suffix = escape_name(info.name);
    for (std::size_t at = 0; (at = suffix.find('/', at)) != std::string::npos;) suffix.replace(at, 1, "%2F");
    return id() + (suffix.front() == '.' ? "" : ".") + suffix;
  }
  if (place_->encrypted()) return fmt::format("{}/entries/{:06}", id(), number);
  const std::string name = escape_name(info.name);
  if (sources_.size() == 1) return id() + "/" + name;
  return fmt::format("{}/{}-{}{}{}", id(), source + 1, escape_name(sources_[source].record.name), name.front() == '.' ? "" : "/", name);
}

SessionState::Opened SessionState::open(std::uint32_t source, const EntryInfo& info) {
  check_open();
  context_.check();
  check_texts(info);
  Opened opened;
  const std::lock_guard lock(mutex_);
  if (single_stream() && !entry_names_.empty()) {
    throw Error(ErrorCode::invalid_state, "a second entry, " + info.name + ", of a source that said it has a single stream");
  }
  if (entry_names_.size() == kMaxEntries) throw Error(ErrorCode::limit, fmt::format("a backup has at most {} entries", kMaxEntries));
  if (!entry_names_.emplace(source, info.name).second) throw Error(ErrorCode::invalid_argument, "entry " + info.name + " is there already");
  const auto wish = info.attributes.find("compression");
  const bool as_is = wish != info.attributes.end() && wish->second == "none";
  if (!as_is) opened.compression = compressions_.at(source);
  const std::string suffix = opened.compression ? std::string(opened.compression->suffix()) : "";
  opened.object = objects_.take(base_name(source, info, entry_names_.size()), place_->stored_name(suffix), entry_names_.size());
  opened.encryption = place_->encryption(opened.object, *context_.random);
  opened.throttle = throttle_;
  ++open_writers_;
  return opened;
}

void SessionState::add(EntryRecord record, const EntryInfo& info) {
  check_open();
  const bool encrypted = place_->encrypted();
  const std::lock_guard lock(mutex_);
  const std::size_t folder = single_stream() ? 0 : id().size() + 1;
  RestoreStep step{.file = record.object.substr(folder, record.object.size() - folder - (encrypted ? 4 : 0)),
                   .entry = record.name,
                   .sha256 = encrypted ? "" : record.object_sha256,
                   .restore_with = info.restore_with,
                   .order = info.restore_order};
  if (record.transforms.size() > (encrypted ? 1U : 0U)) step.compression = record.transforms.front();
  manifest_.entries.push_back(std::move(record));
  steps_.push_back(std::move(step));
}

void SessionState::check_open() const {
  if (ended_) throw Error(ErrorCode::invalid_state, "backup " + id() + " was committed or given up: nothing more goes in");
}

void SessionState::beat() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = context_.now();
    if (now - last_beat_ < kBeat) return;
    last_beat_ = now;
    number = ++beats_;
  }
  put_session(*place_, session_object(*place_, id(), fmt::format("alive-{:06}", number)), id(), "alive", context_);
}

Manifest SessionState::finish() {
  check_open();
  if (open_writers_ != 0) throw Error(ErrorCode::invalid_state, "backup " + id() + ": an entry is still being written");
  const std::lock_guard lock(mutex_);
  if (sources_.empty()) throw Error(ErrorCode::invalid_state, "backup " + id() + " has no source");
  ended_ = true;
  manifest_.finished = context_.now();
  return manifest_;
}

}  // namespace holdfast
