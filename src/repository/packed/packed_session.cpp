#include "repository/packed/packed_session.hpp"

#include <algorithm>
#include <deque>
#include <optional>

#include "holdfast/error.hpp"
#include "repository/commit_session.hpp"
#include "repository/locks.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/chunk_writer.hpp"
#include "repository/packed/index_cleaning.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/removals.hpp"
#include "repository/recorded_entry.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kEarlierBackups = 64;  // searched for one that has the same source

std::optional<int> level_of(const std::string& compression) {
  if (compression.empty()) return 1;
  if (compression == "none") return std::nullopt;
  parse_compression(compression);  // reports an invalid one
  if (compression == "zstd") return 1;
  if (compression.starts_with("zstd:")) return std::stoi(compression.substr(5));
  throw Error(ErrorCode::invalid_argument, "a packed repository compresses with zstd or not at all, not with " + compression);
}

// W3: packs that are listed with the size in the index, and that no mark names. No pack if the contents of a mark are
// unknown.
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
    context.warn("this backup stores all of its data again, because a running collector may have read a mark that does not open");
  }
  return std::make_shared<KnownChunks>(std::move(index), std::move(usable));
}

// W1: the newest backups now. If somebody removes one of them later without a record, verify notices.
std::vector<Previous> newest_backups(const PackedPlace& place) {
  const std::vector<BackupId> ids = stored_backups(place);
  std::vector<Previous> previous;
  // Skips records that cannot be read: verify reports damaged ones, and anyone may have put them.
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

// Shared by the writers of one backup.
struct Shared {
  Shared(std::shared_ptr<const PackedPlace> at, const IndexCache& index, std::shared_ptr<ChunkReader> reader,
         std::shared_ptr<const HostTransforms> transforms, const BackupOptions& options, Context& ctx)
      : place(std::move(at)),
        chunks(std::move(reader)),
        lent(std::move(transforms)),
        chain(lent->chosen(options.transforms)),
        context(ctx),
        settings{.level = level_of(options.compression), .check = options.decode_check ? DecodeCheck::on : DecodeCheck::off},
        draft(packed_id(ctx.now(), ctx.random_bytes(4)), ctx.now(), options) {
    // The order matters: a mark that is put after W2 is not swept before this session ends.
    session = std::make_unique<LiveSession>(place, LiveSession::Purpose::backup, draft.id(), context);  // W1, W2
    previous = newest_backups(*place);
    known = find_known(*place, index.fresh(), *session, context);  // W3
    store = std::make_unique<ChunkStore>(place, known, settings, context);
  }

  const std::shared_ptr<const PackedPlace> place;
  const std::shared_ptr<ChunkReader> chunks;  // of earlier backups
  const std::shared_ptr<const HostTransforms> lent;
  const HostChain chain;
  Context& context;
  const ChunkStore::Settings settings;
  BackupDraft draft;
  std::unique_ptr<LiveSession> session;
  std::vector<Previous> previous;
  std::shared_ptr<KnownChunks> known;
  std::unique_ptr<ChunkStore> store;
};

class PackedEntryWriter final : public RecordedEntry {
 public:
  PackedEntryWriter(std::shared_ptr<Shared> shared, std::uint32_t source, EntryInfo info)
      : RecordedEntry(shared->draft, shared->context, source, std::move(info), shared->chain),
        shared_(std::move(shared)),
        chunks_(*shared_->store,
                info.small_changes ? content_chunker(shared_->place->gear(), kListChunks) : content_chunker(shared_->place->gear())) {}

  void cut() override { chunks_.cut_here(); }

 private:
  void beat() override { shared_->session->beat(); }
  void store(ByteView data) override { chunks_.write(data); }
  void finish(EntryRecord& record) override {
    const Tree tree = chunks_.finish();
    record.tree = to_text(tree);
    record.tree_bytes = tree.bytes;
  }

  std::shared_ptr<Shared> shared_;
  ChunkWriter chunks_;
};

// An entry that an earlier backup has under the same name: all of its data is stored.
class ReusedEntryWriter final : public EntryWriter {
 public:
  ReusedEntryWriter(std::shared_ptr<Shared> shared, std::uint32_t source, EntryRecord record)
      : shared_(std::move(shared)), record_(std::move(record)) {
    record_.source = source;
  }

  void write(ByteView) override { throw Error(ErrorCode::invalid_state, record_.name + ": is reused as it is, nothing can be added"); }

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
    const std::vector<BackupId> ids = listed_backups(place, shared_->session->doubts());
    std::size_t looked_at = 0;
    for (auto id = ids.rbegin(); id != ids.rend() && looked_at < kEarlierBackups; ++id) {
      try {
        const StoredRecord stored = read_record(place, *id);
        ++looked_at;
        if (auto view = view_of(stored.record, same)) return view;
      } catch (const Error& error) {  // verify reports a damaged backup; one that is missing was collected
        if (error.code() != ErrorCode::not_found && !is_unreadable(error)) throw;
      }
    }
    return std::nullopt;
  }

  // By rule 2 of the format, a reference in an earlier backup is not enough: each chunk must be in a pack that this
  // session may use.
  std::unique_ptr<EntryWriter> reuse(const EntryRecord& entry) override {
    if (entry.transforms != shared_->chain.names) return nullptr;
    shared_->session->beat();
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
    const auto readable = [this](const EntryRecord& entry) { return shared_->lent->has_all(entry); };
    if (!std::ranges::all_of(manifest->entries, readable)) return std::nullopt;
    return BackupView(
        std::move(manifest), static_cast<std::uint32_t>(found - sources.begin()),
        [chunks = shared_->chunks, lent = shared_->lent](const EntryRecord& entry) { return open_packed_entry(chunks, *lent, entry); });
  }

  std::shared_ptr<Shared> shared_;
};

class PackedSession final : public CommitSession {
 public:
  PackedSession(std::shared_ptr<const IndexCache> index, std::shared_ptr<Shared> shared)
      : CommitSession(shared->draft, shared->place->storage(), shared->context),
        index_(std::move(index)),
        shared_(std::move(shared)),
        place_(*shared_->place),
        session_(*shared_->session) {}
  ~PackedSession() override { abort(); }

  BackupWriter& add_source(const SourceInfo& info) override {
    const std::uint32_t index = shared_->draft.add_source(info);
    const std::lock_guard lock(mutex_);
    return sources_.emplace_back(shared_, index);
  }

 private:
  void beat() override { session_.beat(); }

  void put_contents(Manifest manifest) override {
    record_ = {.manifest = std::move(manifest), .previous = shared_->previous};
    put_entries();
    shared_->store->finish();
    record_.stored_bytes = shared_->store->stored_bytes();
  }

  void put_entries() {
    std::vector<EntryRecord> entries = std::exchange(record_.manifest.entries, {});
    std::sort(entries.begin(), entries.end(), [](const EntryRecord& a, const EntryRecord& b) {
      return std::pair(a.source, std::string_view(a.name)) < std::pair(b.source, std::string_view(b.name));
    });
    ChunkWriter writer(*shared_->store, content_chunker(place_.gear(), kListChunks));
    for (const EntryRecord& entry : entries) {
      writer.write(encode_entry(entry));
      record_.plain_bytes += entry.tree_bytes;
      record_.source_bytes += entry.plain_bytes;
    }
    record_.entry_count = entries.size();
    record_.entries = writer.finish();
  }

  NeededObjects needed_objects() override {
    Storage& storage = place_.storage();
    NeededObjects needed{.required = shared_->store->locked_packs(), .replaceable = common_objects(storage, place_.info().id)};
    const std::set<std::string> used = shared_->known->used();
    needed.required.insert(needed.required.end(), used.begin(), used.end());
    // A rotation could not remove older rings yet; no backup needs them.
    const std::string ring = ring_name(place_.info().id, place_.ring().generation());
    std::erase_if(needed.replaceable, [&ring](const std::string& object) { return object.starts_with(kRingPrefix) && object < ring; });
    std::set<std::string> packs;
    for (ObjectInfo& pack : list_objects(storage, kPacks)) packs.insert(std::move(pack.name));
    const std::set<std::string> superseded = superseded_segments(shared_->known->index(), packs);
    for (ObjectInfo& segment : list_objects(storage, kIndex)) {
      if (!superseded.contains(segment.name)) needed.replaceable.push_back(std::move(segment.name));
    }
    return needed;
  }

  SealedRecord seal_record() override {
    const std::string object = backup_object(id());
    Bytes sealed = place_.seal(ObjectClass::backup, object, encode_record(record_), *context().host.random);
    if (sealed.size() > kBackupLimit) {
      throw Error(ErrorCode::limit, object + ": would be larger than 4 MiB: use fewer sources or less metadata");
    }
    return {object, std::move(sealed)};
  }

  // By rule 2 of the format no pack can have gone; one listing makes sure.
  void check_before_record() override {
    session_.require_alive();
    std::set<std::string> needed = shared_->known->used();
    if (needed.empty()) return;
    place_.storage().list(kPacks, [&needed](const ObjectInfo& object) {
      needed.erase(object.name);
      return !needed.empty();
    });
    if (!needed.empty()) throw_disappeared(*needed.begin());
  }

  void require_alive() override { session_.require_alive(); }

  void tidy() override {
    try {
      merge_small_segments(place_, context(), [this] { beat(); });
    } catch (const Error& error) {  // the next backup or collection does it
      context().log("can't merge small index segments: " + error.message());
    }
    index_->forget();
  }

  void end() override { session_.end(); }

  // Another writer may have seen the record and named it in its own, so its removal is recorded first.
  void take_back() {
    try {
      put_removal(place_, id(), context());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;  // it never existed
    }
    if (!place_.storage().stat(backup_object(id()))) return;
    put_final(place_, session_.doubts(), id());                   // so that it can't be restored meanwhile
    remove_unless_locked(place_.storage(), backup_object(id()));  // a locked one is recorded as removed, and collected later
  }

  // Packs that were put belong to no backup: a collector removes them.
  void discard(RecordState record) override {
    shared_->store.reset();
    if (record == RecordState::possible) take_back();
    session_.end();
  }

  BackupInfo summary() const override { return summary_of(record_); }

  const std::shared_ptr<const IndexCache> index_;
  const std::shared_ptr<Shared> shared_;
  const PackedPlace& place_;
  LiveSession& session_;
  BackupRecord record_;
  std::mutex mutex_;
  std::deque<PackedSource> sources_;
};

}  // namespace

std::unique_ptr<BackupSession> begin_packed_session(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index,
                                                    std::shared_ptr<ChunkReader> chunks, std::shared_ptr<const HostTransforms> transforms,
                                                    const BackupOptions& options, Context& context) {
  auto shared = std::make_shared<Shared>(std::move(place), *index, std::move(chunks), std::move(transforms), options, context);
  return std::make_unique<PackedSession>(std::move(index), std::move(shared));
}

}  // namespace holdfast
