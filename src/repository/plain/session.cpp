#include "repository/plain/session.hpp"

#include <deque>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "io/throttled.hpp"
#include "repository/commit_session.hpp"
#include "repository/format.hpp"
#include "repository/locks.hpp"
#include "repository/manifest_codec.hpp"
#include "repository/object_access.hpp"
#include "repository/plain/objects.hpp"
#include "repository/plain/session_state.hpp"
#include "repository/recorded_entry.hpp"

namespace holdfast {

namespace {

struct StoredDigest {
  Sha256 hash;
  std::uint64_t bytes = 0;
};

// The end of an entry's chain: hashes and counts the bytes that it writes to the storage.
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

class PlainEntryWriter final : public RecordedEntry {
 public:
  PlainEntryWriter(std::shared_ptr<SessionState> state, std::uint32_t source, const EntryInfo& info, std::uint64_t number)
      : RecordedEntry(state->draft(), state->context(), source, info, state->chain()),
        state_(std::move(state)),
        stored_(std::make_shared<StoredDigest>()) {
    const SessionState::Stored stored = state_->place_entry(source, info, number);
    record_.object = stored.object;
    chain_ = std::make_unique<StoredWriter>(state_->place().storage().open_writer(stored.object), stored_, context());
    if (state_->limiter()) chain_ = throttled_writer(std::move(chain_), state_->limiter());
    if (stored.encryption) chain_ = stored.encryption->encode(std::move(chain_));
    if (stored.compression) chain_ = stored.compression->encode(std::move(chain_));
    for (const TransformPtr& stage : {stored.compression, stored.encryption}) {
      if (stage) record_.transforms.emplace_back(stage->name());
    }
  }

 private:
  void beat() override { state_->beat(); }
  void store(ByteView data) override { chain_->write(data); }
  void finish(EntryRecord& record) override {
    chain_->commit();
    record.stored_bytes = stored_->bytes;
    record.object_sha256 = to_hex(stored_->hash.finish());
  }
  void add(EntryRecord record) override { state_->add(std::move(record)); }

  std::shared_ptr<SessionState> state_;
  std::shared_ptr<StoredDigest> stored_;
  std::unique_ptr<Writer> chain_;
};

class PlainSession final : public CommitSession {
 public:
  explicit PlainSession(std::shared_ptr<SessionState> state)
      : CommitSession(state->draft(), state->place().storage(), state->context()), state_(std::move(state)), place_(state_->place()) {}
  ~PlainSession() override { abort(); }

  BackupWriter& add_source(const SourceInfo& info) override {
    const std::uint32_t index = state_->add_source(info);
    const std::lock_guard lock(mutex_);
    return sources_.emplace_back(std::shared_ptr<BackupDraft>(state_, &state_->draft()), index, place_.encrypted(),
                                 [state = state_](std::uint32_t source, const EntryInfo& entry, std::uint64_t number) {
                                   return std::make_unique<PlainEntryWriter>(state, source, entry, number);
                                 });
  }

 private:
  void beat() override { state_->beat(); }

  void put_contents(Manifest manifest) override {
    manifest_ = std::move(manifest);
    const bool stream = state_->draft().single_stream();
    const std::string folder = id() + (stream ? "." : "/");
    const std::string prefix = stream ? folder : "";
    if (place_.encrypted()) {
      put_text(place_.stored_name(folder + "restore.sh"), restore_script(manifest_, state_->steps(), prefix + "restore.sh"), true);
      put_text(folder + "RESTORE.txt", decrypt_script(manifest_, !stream, prefix + "RESTORE.txt"), false);
    } else if (!stream) {  // a single stock file explains itself
      put_text(folder + "RESTORE.txt", restore_script(manifest_, state_->steps(), "RESTORE.txt"), false);
    }
  }

  void put_text(const std::string& object, const std::string& text, bool encrypt) {
    Bytes stored;
    std::unique_ptr<Writer> out = memory_writer(stored);
    if (encrypt) out = place_.encryption(object, *context().host.random)->encode(std::move(out));
    out->write(as_bytes(text));
    out->commit();
    beat();
    if (put_object(place_.storage(), object, stored) != PutResult::created)
      throw Error(ErrorCode::conflict, object + ": another writer put it");
    manifest_.extras.push_back({.object = object, .size = stored.size(), .sha256 = sha256_hex(stored)});
  }

  NeededObjects needed_objects() override {
    NeededObjects needed{.required = common_objects(place_.storage(), place_.info().id), .replaceable = {}};
    for (const EntryRecord& entry : manifest_.entries) needed.required.push_back(entry.object);
    for (const ExtraObject& extra : manifest_.extras) needed.required.push_back(extra.object);
    return needed;
  }

  SealedRecord seal_record() override {
    manifest_object_ = state_->draft().single_stream() ? stream_manifest(place_, id()) : folder_manifest(place_, id());
    JsonWriter document = place_.begin("manifest", manifest_object_);
    encode_manifest(manifest_, document);
    Bytes stored = place_.seal(manifest_object_, std::move(document), *context().host.random);
    if (stored.size() > kManifestLimit) throw Error(ErrorCode::limit, manifest_object_ + ": would be larger than 1 GiB: back up in parts");
    return {manifest_object_, std::move(stored)};
  }

  void check_before_record() override { require_alive(); }

  // A collector may consider a writer dead that was only suspended. The check after the put makes that safe.
  void require_alive() override {
    if (may_commit(place_, state_->doubts(), state_->claim())) return;
    throw Error(ErrorCode::conflict, "backup " + id() + " was silent for so long that it was considered dead and removed: run it again");
  }

  void end() override { state_->release(); }

  void discard(RecordState record) override {
    if (record == RecordState::foreign) return;  // its objects may have the names of ours
    if (record == RecordState::possible) remove_if_there(place_.storage(), manifest_object_);
    for (const ObjectInfo& object : backup_objects(place_, id())) remove_if_there(place_.storage(), object.name);
    release_session(place_, session_records(place_, state_->doubts(), id()));
  }

  BackupInfo summary() const override { return summary_of(manifest_); }

  const std::shared_ptr<SessionState> state_;
  const PlainPlace& place_;
  Manifest manifest_;
  std::string manifest_object_;
  std::mutex mutex_;
  std::deque<DraftSource> sources_;
};

}  // namespace

std::unique_ptr<BackupSession> begin_session(std::shared_ptr<const PlainPlace> place, const HostTransforms& transforms,
                                             const BackupOptions& options, Context& context) {
  HostChain chain = transforms.chosen(options.transforms);
  return std::make_unique<PlainSession>(std::make_shared<SessionState>(std::move(place), std::move(chain), options, context));
}

}  // namespace holdfast
