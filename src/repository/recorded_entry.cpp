#include "repository/recorded_entry.hpp"

#include "base/hex.hpp"

namespace holdfast {

/// The end of the chain of transforms.
class RecordedEntry::ToStore final : public Writer {
 public:
  explicit ToStore(RecordedEntry& entry) : entry_(entry) {}
  void write(ByteView data) override { entry_.store(data); }
  void commit() override {}

 private:
  RecordedEntry& entry_;
};

RecordedEntry::RecordedEntry(BackupDraft& draft, Context& context, std::uint32_t source, EntryInfo info, const HostChain& chain)
    : record_({.name = std::move(info.name),
               .kind = std::move(info.kind),
               .source = source,
               .transforms = info.encoded ? info.encoded->transforms : chain.names,
               .attributes = std::move(info.attributes),
               .restore_with = std::move(info.restore_with),
               .restore_order = info.restore_order}),
      draft_(draft),
      context_(context),
      encoded_(std::move(info.encoded)),
      chain_(encoded_ ? HostChain() : chain) {
  context_.emit({.kind = EventKind::entry_started, .message = "entry started", .object = record_.name});
}

Writer& RecordedEntry::encoder() {
  if (!encoder_) encoder_ = chain_.encode(std::make_unique<ToStore>(*this));
  return *encoder_;
}

void RecordedEntry::write(ByteView data) {
  draft_.check_open();
  context_.check();
  beat();
  hash_.update(data);
  chain_.stages.empty() ? store(data) : encoder().write(data);
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
  if (!chain_.stages.empty()) encoder().commit();
  finish(record_);
  record_.content_hash = to_hex(hash_.finish());
  if (encoded_) {
    record_.content_hash = encoded_->content_hash;
    record_.plain_bytes = encoded_->plain_bytes;
  }
  context_.emit({.kind = EventKind::entry_finished, .message = "entry stored", .object = record_.name});
  add(std::move(record_));
}

}  // namespace holdfast
