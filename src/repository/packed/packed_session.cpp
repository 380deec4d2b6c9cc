#include "repository/packed/packed_session.hpp"

#include <algorithm>
#include <deque>
#include <optional>

#include "base/hex.hpp"
#include "base/xxh3.hpp"
#include "holdfast/error.hpp"
#include "repository/draft.hpp"
#include "repository/locks.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/chunk_writer.hpp"
#include "repository/packed/index_cleaning.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/removals.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

namespace {

constexpr const char* kRelationFile = "relation";  // the kind of entry that has pages at fixed places
constexpr const char* kFileTree = "tree";          // the kind of entry that lists files, of which little changes
constexpr std::size_t kEarlierBackups = 64;        // looked at for one that has the same source

std::optional<int> level_of(const std::string& compression) {
  if (compression.empty()) return 1;
  if (compression == "none") return std::nullopt;
  parse_compression(compression);  // says what is wrong with it
  if (compression == "zstd") return 1;
  if (compression.starts_with("zstd:")) return std::stoi(compression.substr(5));
  throw Error(ErrorCode::invalid_argument, "a packed repository compresses with zstd or not at all, not with " + compression);
}

// W3: packs that are listed, as large as they were, and that no mark names. None where it can't be known what a mark names.
std::shared_ptr<KnownChunks> find_known(const PackedPlace& place, std::shared_ptr<const ChunkIndex> index, const LiveSession& session,
                                        const Context& context) {
  std::set<Hash> marked;
  for (const Mark& mark : session.seen()) marked.insert(mark.packs.begin(), mark.packs.end());
  const std::map<Hash, ObjectInfo> listed = list_packs(place.storage());
  std::vector<bool> usable;
  usable.reserve(index->packs().size());
  for (const ChunkIndex::PackEntry& pack : index->packs()) {
    const auto found = listed.find(pack.sha256);
    const bool there = found != listed.end() && found->second.size == pack.bytes;
    usable.push_back(there && !marked.contains(pack.sha256) && !session.may_use_nothing());
  }
  if (session.may_use_nothing() && !usable.empty()) {
    context.warn("this backup stores all of its data anew, because a mark does not open that a running collector may have read");
  }
  return std::make_shared<KnownChunks>(std::move(index), std::move(usable));
}

// W1: what is the newest now; whoever removes it later without a record is found out.
std::vector<Previous> newest_backups(const PackedPlace& place) {
  const std::vector<BackupId> ids = stored_backups(place);
  std::vector<Previous> previous;
  // What can't be read does not count: a damaged one is the matter of verify, and anybody may have put it.
  for (auto id = ids.rbegin(); id != ids.rend() && previous.size() < kMaxPrevious; ++id) {
    try {
      previous.push_back({*id, read_record(place, *id).sha256});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found && !is_unreadable(error)) throw;
    }
  }
  std::ranges::reverse(previous);
  return previous;
}

// What the writers of one backup share.
struct Shared {
  Shared(std::shared_ptr<const PackedPlace> at, const std::shared_ptr<const IndexCache>& index, std::shared_ptr<ChunkReader> reader,
         const BackupOptions& options, Context& ctx)
      : place(std::move(at)),
        chunks(std::move(reader)),
        context(ctx),
        settings{.level = level_of(options.compression), .check = options.decode_check ? DecodeCheck::on : DecodeCheck::off},
        draft(packed_id(ctx.now(), ctx.random_bytes(4)), ctx.now(), options),
        session(place, LiveSession::Purpose::backup, draft.id(), ctx),
        previous(newest_backups(*place)),
        known(find_known(*place, index->fresh(), session, ctx)),
        store(std::make_unique<ChunkStore>(place, known, settings, ctx)) {}

  std::shared_ptr<const PackedPlace> place;
  std::shared_ptr<ChunkReader> chunks;  // of earlier backups
  Context& context;
  const ChunkStore::Settings settings;
  BackupDraft draft;
  LiveSession session;
  std::vector<Previous> previous;
  std::shared_ptr<KnownChunks> known;
  std::unique_ptr<ChunkStore> store;
};

std::unique_ptr<Chunker> chunker_for(const PackedPlace& place, const std::string& kind) {
  if (kind == kRelationFile) return block_chunker();
  return kind == kFileTree ? content_chunker(place.gear(), kListChunks) : content_chunker(place.gear());
}

class PackedEntryWriter final : public EntryWriter {
 public:
  PackedEntryWriter(std::shared_ptr<Shared> shared, std::uint32_t source, EntryInfo info)
      : shared_(std::move(shared)), chunks_(*shared_->store, chunker_for(*shared_->place, info.kind)) {
    record_ = {.name = std::move(info.name),
               .kind = std::move(info.kind),
               .source = source,
               .attributes = std::move(info.attributes),
               .restore_with = std::move(info.restore_with),
               .restore_order = info.restore_order};
    shared_->context.emit({.kind = EventKind::entry_started, .message = "entry started", .object = record_.name});
  }

  void write(ByteView data) override {
    shared_->draft.check_open();
    shared_->context.check();
    shared_->session.beat();
    hash_.update(data);
    chunks_.write(data);
    record_.plain_bytes += data.size();
    shared_->context.add_progress(data.size(), 0);
  }

  void note(const std::string& key, std::string value) override { note_attribute(record_.attributes, record_.name, key, std::move(value)); }

  void cut() override { chunks_.cut_here(); }

  void commit() override {
    shared_->draft.check_open();
    shared_->context.check();
    record_.tree = to_text(chunks_.finish());
    record_.content_hash = to_hex(hash_.finish());
    shared_->context.emit({.kind = EventKind::entry_finished, .message = "entry stored", .object = record_.name});
    shared_->draft.add(std::move(record_));
  }

 private:
  std::shared_ptr<Shared> shared_;
  ChunkWriter chunks_;
  EntryRecord record_;
  Xxh3 hash_;
};

// An entry of an earlier backup under the same name: all that is stored of it is there.
class ReusedEntryWriter final : public EntryWriter {
 public:
  ReusedEntryWriter(std::shared_ptr<Shared> shared, std::uint32_t source, EntryRecord record)
      : shared_(std::move(shared)), record_(std::move(record)) {
    record_.source = source;
  }

  void write(ByteView) override { throw Error(ErrorCode::invalid_state, record_.name + ": is taken over as it is, nothing can be added"); }

  void note(const std::string& key, std::string value) override { note_attribute(record_.attributes, record_.name, key, std::move(value)); }

  void commit() override {
    shared_->draft.check_open();
    shared_->draft.add(std::move(record_));
  }

 private:
  std::shared_ptr<Shared> shared_;
  EntryRecord record_;
};

class PackedSource final : public DraftSource {
 public:
  PackedSource(std::shared_ptr<Shared> shared, std::uint32_t source)
      : DraftSource(std::shared_ptr<BackupDraft>(shared, &shared->draft), source, shared->place->info().encrypted,
                    [shared](std::uint32_t index, EntryInfo entry, std::uint64_t) {
                      return std::make_unique<PackedEntryWriter>(shared, index, std::move(entry));
                    }),
        shared_(std::move(shared)) {}

  std::optional<BackupView> previous(const std::function<bool(const SourceRecord&)>& same) override {
    const PackedPlace& place = *shared_->place;
    const std::vector<BackupId> ids = listed_backups(place, shared_->session.doubts());
    std::size_t looked_at = 0;
    for (auto id = ids.rbegin(); id != ids.rend() && looked_at < kEarlierBackups; ++id) {
      try {
        const StoredRecord stored = read_record(place, *id);
        ++looked_at;
        if (auto view = view_of(stored.record, same)) return view;
      } catch (const Error& error) {  // one that is damaged is the matter of verify, one that went meanwhile was collected
        if (error.code() != ErrorCode::not_found && !is_unreadable(error)) throw;
      }
    }
    return std::nullopt;
  }

  // By rule 2 of the format an earlier backup is no reason to refer to a chunk: each must lie in a pack that this session may use.
  std::unique_ptr<EntryWriter> reuse(const EntryRecord& entry) override {
    shared_->session.beat();
    try {
      TreeWalk walk(
          tree_of(entry, entry.name), [this](const ChunkId& list) { return shared_->chunks->read_list_chunk(list); }, entry.name);
      for (TreeWalk::Step step; walk.next(step);) {
        shared_->context.check();
        if (!shared_->known->use(step.ref.id)) return nullptr;
      }
    } catch (const Error& error) {
      if (!is_unreadable(error)) throw;
      return nullptr;
    }
    EntryInfo info{.name = entry.name, .kind = entry.kind, .attributes = entry.attributes, .restore_with = entry.restore_with};
    return open_with(std::move(info), [this, &entry](std::uint32_t source, EntryInfo, std::uint64_t) {
      return std::make_unique<ReusedEntryWriter>(shared_, source, entry);
    });
  }

 private:
  std::optional<BackupView> view_of(const BackupRecord& record, const std::function<bool(const SourceRecord&)>& same) const {
    const std::vector<SourceRecord>& sources = record.manifest.sources;
    const auto found = std::find_if(sources.begin(), sources.end(), same);
    if (found == sources.end()) return std::nullopt;
    auto manifest = std::make_shared<const Manifest>(read_whole_manifest(record, shared_->chunks));
    return BackupView(std::move(manifest), static_cast<std::uint32_t>(found - sources.begin()),
                      [chunks = shared_->chunks](const EntryRecord& entry) {
                        return read_tree(chunks, tree_of(entry, entry.name), entry.content_hash, entry.name);
                      });
  }

  std::shared_ptr<Shared> shared_;
};

class PackedSession final : public BackupSession {
 public:
  PackedSession(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index, std::shared_ptr<ChunkReader> chunks,
                const BackupOptions& options, Context& context)
      : index_(std::move(index)), shared_(std::make_shared<Shared>(std::move(place), index_, std::move(chunks), options, context)) {}
  PackedSession(const PackedSession&) = delete;
  PackedSession& operator=(const PackedSession&) = delete;
  ~PackedSession() override { abort(); }

  const BackupId& id() const override { return shared_->draft.id(); }

  BackupWriter& add_source(const SourceInfo& info) override {
    const std::uint32_t index = shared_->draft.add_source(info);
    const std::lock_guard lock(mutex_);
    return sources_.emplace_back(shared_, index);
  }

  BackupInfo commit() override {
    BackupRecord record{.manifest = shared_->draft.finish(shared_->context.now()), .previous = shared_->previous};
    try {
      put_entries(record);
      shared_->store->finish();
      record.stored_bytes = shared_->store->stored_bytes();
      lock_what_is_needed();
      shared_->session.beat();
      require_packs();
      put_record(record);
    } catch (...) {
      abort();
      throw;
    }
    ended_ = true;
    try {
      merge_small_segments(*shared_->place, shared_->context, [this] { shared_->session.beat(); });
    } catch (const Error& error) {  // the next backup or collection does
      shared_->context.log("can't make few of the many small index segments: " + error.message());
    }
    index_->forget();
    try {
      shared_->session.end();
    } catch (const Error& error) {  // the backup is safe; the record is litter that gc takes away
      shared_->context.log("can't remove the session record of " + id() + ": " + error.message());
    }
    keep_reserve(shared_->place->storage(), shared_->context);
    return summary_of(record);
  }

 private:
  void put_entries(BackupRecord& record) {
    std::vector<EntryRecord> entries = std::move(record.manifest.entries);
    record.manifest.entries.clear();
    std::sort(entries.begin(), entries.end(), [](const EntryRecord& a, const EntryRecord& b) {
      return std::pair(a.source, std::string_view(a.name)) < std::pair(b.source, std::string_view(b.name));
    });
    ChunkWriter writer(*shared_->store, content_chunker(shared_->place->gear(), kListChunks));
    for (const EntryRecord& entry : entries) {
      writer.write(encode_entry(entry));
      record.plain_bytes += entry.plain_bytes;
    }
    record.entry_count = entries.size();
    record.entries = writer.finish();
  }

  // W6, where the storage locks objects: none of what this backup needs can be removed for its time to come.
  void lock_what_is_needed() const {
    Storage& storage = shared_->place->storage();
    if (!locks_objects(storage)) return;
    shared_->context.phase("locking what the backup needs");
    const auto beat = [this] { shared_->session.beat(); };
    std::vector<std::string> packs = shared_->store->locked_packs();
    const std::set<std::string> used = shared_->known->used();
    packs.insert(packs.end(), used.begin(), used.end());
    const std::vector<std::string> gone = renew_locks(storage, packs, shared_->context, beat);
    if (!gone.empty()) throw disappeared(gone.front());
    std::set<std::string> listed;
    for (ObjectInfo& pack : list_objects(storage, kPacks)) listed.insert(std::move(pack.name));
    const std::set<std::string> superseded = superseded_segments(shared_->known->index(), listed);
    std::vector<std::string> others = common_objects(storage, shared_->place->info().id);
    // Older rings are what a rotation could not remove yet; nobody needs them.
    const std::string ring = ring_name(shared_->place->info().id, shared_->place->ring().generation());
    std::erase_if(others, [&ring](const std::string& object) { return object.starts_with(kRingPrefix) && object < ring; });
    for (ObjectInfo& segment : list_objects(storage, kIndex)) {
      if (!superseded.contains(segment.name)) others.push_back(std::move(segment.name));
    }
    renew_locks(storage, others, shared_->context, beat);  // one that is gone has a successor, which was locked when it was put
  }

  static Error disappeared(const std::string& pack) {
    return {ErrorCode::conflict, pack + ": disappeared while it was needed: run the backup again", true};
  }

  // W6: what this backup refers to is there. By rule 2 nothing may have gone; a look costs one listing.
  void require_packs() const {
    shared_->session.require_alive();
    std::set<std::string> needed = shared_->known->used();
    if (needed.empty()) return;
    shared_->place->storage().list(kPacks, [&needed](const ObjectInfo& object) {
      needed.erase(object.name);
      return !needed.empty();
    });
    if (!needed.empty()) throw disappeared(*needed.begin());
  }

  void put_record(const BackupRecord& record) {
    const std::string object = backup_object(id());
    const Bytes sealed = shared_->place->seal(ObjectClass::backup, object, encode_record(record), *shared_->context.random);
    if (sealed.size() > kBackupLimit) throw Error(ErrorCode::limit, object + ": would be larger than 4 MiB: use fewer sources or notes");
    shared_->context.check();
    record_may_be_there_ = true;
    if (put_object(shared_->place->storage(), object, sealed) != PutResult::created) {
      record_may_be_there_ = false;  // somebody else's: nothing of it may be touched
      throw Error(ErrorCode::conflict, object + ": somebody else wrote it; this backup is given up");
    }
    // Whoever takes a sleeping writer for dead puts the fence first and looks for the record then: one sees the other.
    shared_->session.require_alive();
  }

  // Somebody may have seen the record and named it in one of his own: that it goes is put on record first.
  void take_back() {
    try {
      put_removal(*shared_->place, id(), shared_->context);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;  // it never came to be
    }
    if (!shared_->place->storage().stat(backup_object(id()))) return;
    put_final(*shared_->place, shared_->session.doubts(), id());           // nobody brings it back meanwhile
    remove_unless_locked(shared_->place->storage(), backup_object(id()));  // a locked one is collected later: it is on record as removed
  }

  // What fails here is found by the collector: the session's record stays, or its packs are nobody's.
  void abort() noexcept {
    if (ended_) return;
    ended_ = true;
    shared_->draft.give_up();
    shared_->store.reset();
    try {
      if (record_may_be_there_) take_back();
      shared_->session.end();
    } catch (...) {
    }
  }

  std::shared_ptr<const IndexCache> index_;
  std::shared_ptr<Shared> shared_;
  std::mutex mutex_;
  std::deque<PackedSource> sources_;
  bool record_may_be_there_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<BackupSession> begin_packed_session(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index,
                                                    std::shared_ptr<ChunkReader> chunks, const BackupOptions& options, Context& context) {
  return std::make_unique<PackedSession>(std::move(place), std::move(index), std::move(chunks), options, context);
}

}  // namespace holdfast
