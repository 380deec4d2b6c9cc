#include "repository/plain/session.hpp"
#include "repository/format.hpp"

#include <deque>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/xxh3.hpp"
#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/manifest_codec.hpp"
#include "repository/object_access.hpp"
#include "repository/plain/objects.hpp"
#include "repository/plain/session_state.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

namespace {

struct StoredDigest {
  Sha256 hash;
  std::uint64_t bytes = 0;
};

// The end of an entry's chain: hashes and counts what goes to the storage.
class StoredWriter final : public Writer {
 public:
  StoredWriter(std::unique_ptr<Writer> next, std::shared_ptr<StoredDigest> digest, const Context& context)
      : next_(std::move(next)), digest_(std::move(digest)), context_(context) {}
  void write(ByteView data) override {
    next_->write(data);
    digest_->hash.update(data);
    digest_->bytes += data.size();
    context_.add_progress(0, data.size());
  }
  void commit() override { next_->commit(); }

 private:
  std::unique_ptr<Writer> next_;
  std::shared_ptr<StoredDigest> digest_;
  const Context& context_;
};

class PlainEntryWriter final : public EntryWriter {
 public:
  PlainEntryWriter(std::shared_ptr<SessionState> state, std::uint32_t source, EntryInfo info, std::uint64_t number)
      : state_(std::move(state)), info_(std::move(info)), stored_(std::make_shared<StoredDigest>()) {
    const SessionState::Stored stored = state_->place_entry(source, info_, number);
    record_ = {.name = info_.name,
               .kind = info_.kind,
               .source = source,
               .object = stored.object,
               .attributes = info_.attributes,
               .restore_with = info_.restore_with,
               .restore_order = info_.restore_order};
    chain_ = std::make_unique<StoredWriter>(state_->place().storage().open_writer(stored.object), stored_, state_->context());
    if (stored.throttle) chain_ = stored.throttle->encode(std::move(chain_));
    if (stored.encryption) chain_ = stored.encryption->encode(std::move(chain_));
    if (stored.compression) chain_ = stored.compression->encode(std::move(chain_));
    for (const TransformPtr& stage : {stored.compression, stored.encryption}) {
      if (stage) record_.transforms.emplace_back(stage->name());
    }
    state_->context().emit({.kind = EventKind::entry_started, .message = "entry started", .object = info_.name});
  }

  void write(ByteView data) override {
    state_->draft().check_open();
    state_->context().check();
    state_->beat();
    hash_.update(data);
    chain_->write(data);
    record_.plain_bytes += data.size();
    state_->context().add_progress(data.size(), 0);
  }

  void note(const std::string& key, std::string value) override { note_attribute(record_.attributes, info_.name, key, std::move(value)); }

  void commit() override {
    state_->draft().check_open();
    state_->context().check();
    state_->beat();
    chain_->commit();
    record_.stored_bytes = stored_->bytes;
    record_.object_sha256 = to_hex(stored_->hash.finish());
    record_.content_hash = to_hex(hash_.finish());
    state_->add(record_, info_);
    state_->context().emit({.kind = EventKind::entry_finished, .message = "entry stored", .object = info_.name});
  }

 private:
  std::shared_ptr<SessionState> state_;
  EntryInfo info_;
  EntryRecord record_;
  Xxh3 hash_;
  std::shared_ptr<StoredDigest> stored_;
  std::unique_ptr<Writer> chain_;
};

class PlainSession final : public BackupSession {
 public:
  PlainSession(std::shared_ptr<const PlainPlace> place, const BackupOptions& options, Context& context)
      : place_(std::move(place)), state_(std::make_shared<SessionState>(place_, options, context)) {}
  PlainSession(const PlainSession&) = delete;
  PlainSession& operator=(const PlainSession&) = delete;
  ~PlainSession() override { abort(); }

  const BackupId& id() const override { return state_->id(); }

  BackupWriter& add_source(const SourceInfo& info) override {
    const std::uint32_t index = state_->add_source(info);
    const std::lock_guard lock(mutex_);
    return sources_.emplace_back(std::shared_ptr<BackupDraft>(state_, &state_->draft()), index, place_->encrypted(),
                                 [state = state_](std::uint32_t source, EntryInfo entry, std::uint64_t number) {
                                   return std::make_unique<PlainEntryWriter>(state, source, std::move(entry), number);
                                 });
  }

  BackupInfo commit() override {
    Manifest manifest = state_->draft().finish(state_->context().now());
    try {
      put_texts(manifest);
      lock_what_is_needed(manifest);
      put_manifest(manifest);
    } catch (...) {
      abort();
      throw;
    }
    ended_ = true;
    try {
      state_->release();
    } catch (const Error& error) {  // the backup is safe; the record is litter that expire takes away
      state_->context().log("can't remove the session record of " + id() + ": " + error.message());
    }
    keep_reserve(place_->storage(), state_->context());
    return summary_of(manifest);
  }

 private:
  void put_text(Manifest& manifest, const std::string& object, const std::string& text, bool encrypt) {
    Bytes stored;
    std::unique_ptr<Writer> out = memory_writer(stored);
    if (encrypt) out = place_->encryption(object, *state_->context().random)->encode(std::move(out));
    out->write(as_bytes(text));
    out->commit();
    state_->beat();
    if (put_object(place_->storage(), object, stored) != PutResult::created)
      throw Error(ErrorCode::conflict, object + ": somebody else wrote it");
    manifest.extras.push_back({.object = object, .size = stored.size(), .sha256 = sha256_hex(stored)});
  }

  void put_texts(Manifest& manifest) {
    const bool stream = state_->draft().single_stream();
    const std::string folder = id() + (stream ? "." : "/");
    const std::string prefix = stream ? folder : "";
    if (place_->encrypted()) {
      put_text(manifest, place_->stored_name(folder + "restore.sh"), restore_script(manifest, state_->steps(), prefix + "restore.sh"),
               true);
      put_text(manifest, folder + "RESTORE.txt", decrypt_script(manifest, !stream, prefix + "RESTORE.txt"), false);
    } else if (!stream) {  // a single stock file explains itself
      put_text(manifest, folder + "RESTORE.txt", restore_script(manifest, state_->steps(), "RESTORE.txt"), false);
    }
  }

  // Where the storage locks objects: none of what this backup needs can be removed for its time to come.
  void lock_what_is_needed(const Manifest& manifest) const {
    Storage& storage = place_->storage();
    if (!locks_objects(storage)) return;
    std::vector<std::string> objects = common_objects(storage, place_->info().id);
    for (const EntryRecord& entry : manifest.entries) objects.push_back(entry.object);
    for (const ExtraObject& extra : manifest.extras) objects.push_back(extra.object);
    const std::vector<std::string> gone = renew_locks(storage, objects, state_->context(), [this] { state_->beat(); });
    if (!gone.empty()) throw Error(ErrorCode::conflict, gone.front() + ": disappeared while it was needed: run the backup again", true);
  }

  void put_manifest(const Manifest& manifest) {
    manifest_object_ = state_->draft().single_stream() ? stream_manifest(*place_, id()) : folder_manifest(*place_, id());
    DocumentJson members;
    encode_manifest(manifest, members);
    const Bytes stored = place_->seal("manifest", manifest_object_, members, *state_->context().random);
    if (stored.size() > kManifestLimit) throw Error(ErrorCode::limit, manifest_object_ + ": would be larger than 1 GiB: back up in parts");
    state_->context().check();
    require_alive();
    manifest_may_be_there_ = true;
    if (put_object(place_->storage(), manifest_object_, stored) != PutResult::created) {
      ended_ = true;  // a backup of that id is there and is not ours: nothing of it may be touched
      throw Error(ErrorCode::conflict, manifest_object_ + ": somebody else wrote it; this backup is given up");
    }
    require_alive();
  }

  // Somebody may take a writer for dead that was only suspended. The look behind the put is what makes it safe: docs/format.md.
  void require_alive() const {
    if (may_commit(*place_, state_->doubts(), state_->claim())) return;
    throw Error(ErrorCode::conflict, "backup " + id() + " was silent for so long that it was taken for dead and removed: run it again");
  }

  // Whatever fails here stays under the session record, and is collected later.
  void abort() noexcept {
    if (ended_) return;
    ended_ = true;
    state_->draft().give_up();
    try {
      if (manifest_may_be_there_) remove_if_there(place_->storage(), manifest_object_);
      for (const ObjectInfo& object : backup_objects(*place_, id())) remove_if_there(place_->storage(), object.name);
      release_session(*place_, session_records(*place_, state_->doubts(), id()));
    } catch (...) {
    }
  }

  std::shared_ptr<const PlainPlace> place_;
  std::shared_ptr<SessionState> state_;
  std::mutex mutex_;
  std::deque<DraftSource> sources_;
  std::string manifest_object_;
  bool manifest_may_be_there_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<BackupSession> begin_session(std::shared_ptr<const PlainPlace> place, const BackupOptions& options, Context& context) {
  return std::make_unique<PlainSession>(std::move(place), options, context);
}

}  // namespace holdfast
