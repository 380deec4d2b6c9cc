#include "repository/recorded_entry.hpp"

#include "base/hex.hpp"

namespace holdfast {

RecordedEntry::RecordedEntry(BackupDraft& draft, Context& context, std::uint32_t source, EntryInfo info)
    : record_({.name = std::move(info.name),
               .kind = std::move(info.kind),
               .source = source,
               .attributes = std::move(info.attributes),
               .restore_with = std::move(info.restore_with),
               .restore_order = info.restore_order}),
      draft_(draft),
      context_(context) {
  context_.emit({.kind = EventKind::entry_started, .message = "entry started", .object = record_.name});
}

void RecordedEntry::write(ByteView data) {
  draft_.check_open();
  context_.check();
  beat();
  hash_.update(data);
  store(data);
  record_.plain_bytes += data.size();
  context_.add_progress(data.size(), 0);
}

void RecordedEntry::note(const std::string& key, std::string value) {
  note_attribute(record_.attributes, record_.name, key, std::move(value));
}

void RecordedEntry::commit() {
  draft_.check_open();
  context_.check();
  beat();
  finish(record_);
  record_.content_hash = to_hex(hash_.finish());
  context_.emit({.kind = EventKind::entry_finished, .message = "entry stored", .object = record_.name});
  add(std::move(record_));
}

}  // namespace holdfast
