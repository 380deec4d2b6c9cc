#include <algorithm>
#include <atomic>
#include <utility>

#include "base/parallel.hpp"
#include "holdfast/locks.hpp"
#include "storage/locks.hpp"
#include "storage/replicated/replica_repair.hpp"

namespace holdfast {

namespace {

using Index = ReplicaSet::Index;

/// Below this a write to several storages at once costs more in threads than it saves.
constexpr std::size_t kParallelWrite = 256U << 10;

/// What went wrong on one storage concerns that one only, unless it is our caller's doing.
void rethrow_if_ours(const Error& error) {
  if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::invalid_argument) throw error;
}

enum class Took { created, exists, failed };

/// Runs `work` for each of the storages, at the same time.
void on_each(const std::vector<Index>& copies, const std::function<void(std::size_t)>& work) {
  if (!copies.empty()) parallel_for(copies.size(), static_cast<unsigned>(copies.size()), work);
}

/// Before an operation on `holders` is reported as done: whoever was marked behind meanwhile, or was repaired while we slept and
/// so may have lost (or got back) the object, does not count.
void confirm(ReplicaSet& set, std::string_view name, bool there, std::vector<Index> holders, std::uint64_t repairs_seen) {
  set.refresh();
  if (set.repairs_seen() != repairs_seen) {
    for (const Index holder : holders) {
      try {
        if (set.storage(holder).stat(name).has_value() != there) set.exclude_behind(holder, "it was repaired while it was written to");
      } catch (const Error& error) {
        rethrow_if_ours(error);
        set.exclude(holder, error);
      }
    }
  }
  const std::vector<Index> usable = set.usable();
  std::erase_if(holders, [&](Index holder) { return std::ranges::find(usable, holder) == usable.end(); });
  if (holders.size() < set.quorum()) throw set.too_few("can't change '" + std::string(name) + "'", holders.size());
  set.mark_others(holders);
}

/// Stores one object: docs/storage.md, P1 to P5. `put` is called once for each storage.
PutResult store(ReplicaSet& set, std::string_view name, const std::vector<Index>& copies, const std::function<PutResult(Index)>& put) {
  const std::uint64_t repairs_seen = set.repairs_seen();
  const auto attempt = [&](Index copy) {
    try {
      return put(copy) == PutResult::created ? Took::created : Took::exists;
    } catch (const Error& error) {
      rethrow_if_ours(error);
      set.exclude(copy, error);
      return Took::failed;
    }
  };
  if (copies.size() < set.quorum()) throw set.too_few("can't store '" + std::string(name) + "'", copies.size());
  std::vector<Index> holders;
  std::size_t next = 0;
  while (next < copies.size() && holders.empty()) {
    const Took took = attempt(copies[next]);
    if (took == Took::exists) return PutResult::already_exists;
    if (took == Took::created) holders.push_back(copies[next]);
    ++next;
  }
  const std::vector<Index> rest(copies.begin() + static_cast<long>(next), copies.end());
  std::vector<Took> took(rest.size(), Took::failed);
  if (!holders.empty()) on_each(rest, [&](std::size_t at) { took[at] = attempt(rest[at]); });
  std::vector<Index> others;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (took[at] == Took::created) holders.push_back(rest[at]);
    if (took[at] == Took::exists) others.push_back(rest[at]);
  }
  if (holders.size() < set.quorum()) {
    for (const Index holder : holders) {
      try {
        set.storage(holder).remove(name);
      } catch (const Error& error) {  // what stays was never reported as stored
        set.exclude(holder, error);
      }
    }
    if (!others.empty()) return PutResult::already_exists;
    throw set.too_few("can't store '" + std::string(name) + "'", holders.size());
  }
  for (const Index other : others) set.exclude_behind(other, "it holds another '" + std::string(name) + "'");
  confirm(set, name, true, std::move(holders), repairs_seen);
  return PutResult::created;
}

/// Goes on with another storage where one fails.
class FailoverReader final : public Reader {
 public:
  FailoverReader(std::shared_ptr<ReplicaSet> set, std::string_view name, std::uint64_t offset, std::uint64_t length)
      : set_(std::move(set)), copies_(set_->usable()), name_(name), offset_(offset), left_(length) {
    open();
  }

  std::size_t read(std::span<std::byte> out) override {
    for (;;) {
      try {
        const std::size_t got = reader_->read(out);
        offset_ += got;
        left_ -= got;
        return got;
      } catch (const Error& error) {
        failed(error);
        open();
      }
    }
  }

 private:
  void open() {
    for (; next_ < copies_.size(); ++next_) {
      try {
        reader_ = set_->storage(copies_[next_]).open_reader(name_, offset_, left_);
        return;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) {
          failed(error);
          --next_;
        } else if (!not_found_) {
          not_found_ = error;
        }
      }
    }
    if (error_) throw *error_;
    if (not_found_) throw *not_found_;
    throw set_->too_few("can't read '" + name_ + "'", 0);
  }
  /// An error on one object may be damage of that object; a connection that is gone is gone for all.
  void failed(const Error& error) {
    rethrow_if_ours(error);
    if (error.code() == ErrorCode::network || error.code() == ErrorCode::timeout) set_->exclude(copies_[next_], error);
    if (!error_) error_ = error;
    ++next_;
  }

  std::shared_ptr<ReplicaSet> set_;
  const std::vector<Index> copies_;
  const std::string name_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::size_t next_ = 0;
  std::unique_ptr<Reader> reader_;
  std::optional<Error> error_, not_found_;
};

class ReplicatedWriter final : public Writer {
 public:
  ReplicatedWriter(std::shared_ptr<ReplicaSet> set, std::string_view name) : set_(std::move(set)), name_(name), copies_(set_->usable()) {
    writers_.resize(set_->size());
    each([&](Index copy) { writers_[copy] = set_->storage(copy).open_writer(name_); });
  }

  void write(ByteView data) override {
    each([&](Index copy) { writers_[copy]->write(data); }, data.size() >= kParallelWrite);
  }

  void commit() override {
    const auto finish = [this](Index copy) {
      try {
        writers_[copy]->commit();
        return PutResult::created;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::already_exists) throw;
        return PutResult::already_exists;
      }
    };
    if (store(*set_, name_, copies_, finish) == PutResult::already_exists)
      throw Error(ErrorCode::already_exists, "can't store '" + name_ + "': an object of that name exists");
  }

 private:
  void each(const std::function<void(Index)>& work, bool parallel = false) {
    std::vector<char> fine(copies_.size(), 1);
    const auto attempt = [&](std::size_t at) {
      try {
        work(copies_[at]);
      } catch (const Error& error) {
        rethrow_if_ours(error);
        set_->exclude(copies_[at], error);
        fine[at] = 0;
      }
    };
    if (parallel) {
      on_each(copies_, attempt);
    } else {
      for (std::size_t at = 0; at < copies_.size(); ++at) attempt(at);
    }
    std::vector<Index> left;
    for (std::size_t at = 0; at < copies_.size(); ++at) {
      if (fine[at] != 0) left.push_back(copies_[at]);
      if (fine[at] == 0) writers_[copies_[at]].reset();
    }
    copies_ = std::move(left);
    if (copies_.size() < set_->quorum()) throw set_->too_few("can't store '" + name_ + "'", copies_.size());
  }

  std::shared_ptr<ReplicaSet> set_;
  const std::string name_;
  std::vector<Index> copies_;
  std::vector<std::unique_ptr<Writer>> writers_;  // by index
};

class ReplicatedStorageImpl final : public ReplicatedStorage, public Lockable {
 public:
  explicit ReplicatedStorageImpl(std::shared_ptr<ReplicaSet> set) : set_(std::move(set)) {}

  std::string uri() const override;
  StorageCaps caps() const override;
  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    check_replicated_name(name);
    return std::make_unique<ReplicatedWriter>(set_, name);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    check_replicated_name(name);
    ask_enough();
    return std::make_unique<FailoverReader>(set_, name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;
  bool locks() const override;
  std::optional<TimePoint> locked_until(std::string_view name) override;
  void renew_lock(std::string_view name) override;

  std::vector<ReplicaStatus> status() override { return set_->status(); }
  unsigned quorum() const override { return set_->quorum(); }
  ReplicaRepairReport repair(const ReplicaRepairOptions& options, Context& context) override {
    return repair_replicas(*set_, options, context);
  }

 private:
  /// With fewer than that in sync, those that are not must at least confirm that the others are.
  void ask_enough() {
    if (set_->usable().size() < set_->readers()) set_->refresh();
    if (set_->usable().empty()) throw set_->too_few("can't read", 0);
  }
  void drop_marked(std::map<Index, std::vector<ObjectInfo>>& answers);
  std::optional<TimePoint> latest_lock(std::string_view name);

  std::shared_ptr<ReplicaSet> set_;
};

std::string ReplicatedStorageImpl::uri() const {
  std::string text;
  for (const ReplicaStatus& copy : set_->status()) {
    if (copy.state == ReplicaStatus::State::missing) continue;
    text += (text.empty() ? "replicated:" : ",") + copy.uri;
  }
  return text;
}

StorageCaps ReplicatedStorageImpl::caps() const {
  StorageCaps all{.atomic_create = true, .durable = true};
  for (const Index copy : set_->usable()) {
    const StorageCaps one = set_->storage(copy).caps();
    all.atomic_create = all.atomic_create && one.atomic_create;
    all.durable = all.durable && one.durable;
    all.fills = all.fills || one.fills;
  }
  return all;
}

PutResult ReplicatedStorageImpl::put_new(std::string_view name, ByteView bytes) {
  check_replicated_name(name);
  return store(*set_, name, set_->usable(), [&](Index copy) { return set_->storage(copy).put_new(name, bytes); });
}

void ReplicatedStorageImpl::remove(std::string_view name) {
  check_replicated_name(name);
  const std::uint64_t repairs_seen = set_->repairs_seen();
  const std::vector<Index> copies = set_->usable();
  if (copies.size() < set_->quorum()) throw set_->too_few("can't remove '" + std::string(name) + "'", copies.size());
  // What one of them must keep stays on all: else it would be behind for having kept it.
  if (const auto until = latest_lock(name))
    throw Error(ErrorCode::permission_denied, "can't remove '" + std::string(name) + "' in " + uri() + ": " + lock_text(*until));
  std::atomic<int> removed{0};
  std::vector<char> gone(copies.size(), 0);
  std::optional<Error> not_found;
  std::mutex mutex;
  on_each(copies, [&](std::size_t at) {
    try {
      set_->storage(copies[at]).remove(name);
      ++removed;
      gone[at] = 1;
    } catch (const Error& error) {
      rethrow_if_ours(error);
      if (error.code() != ErrorCode::not_found) return set_->exclude(copies[at], error);
      gone[at] = 1;
      const std::lock_guard lock(mutex);
      if (!not_found) not_found = error;
    }
  });
  std::vector<Index> holders;
  for (std::size_t at = 0; at < copies.size(); ++at)
    if (gone[at] != 0) holders.push_back(copies[at]);
  if (holders.size() < set_->quorum()) throw set_->too_few("can't remove '" + std::string(name) + "'", holders.size());
  confirm(*set_, name, false, std::move(holders), repairs_seen);
  if (removed == 0 && not_found) throw *not_found;
}

/// Over those that have the object; none also when nobody has it.
std::optional<TimePoint> ReplicatedStorageImpl::latest_lock(std::string_view name) {
  std::optional<TimePoint> latest;
  for (const Index copy : set_->usable()) {
    try {
      const auto until = holdfast::locked_until(set_->storage(copy), name);
      if (until && (!latest || *latest < *until)) latest = until;
    } catch (const Error& error) {
      rethrow_if_ours(error);
      if (error.code() != ErrorCode::not_found) set_->exclude(copy, error);
    }
  }
  return latest;
}

bool ReplicatedStorageImpl::locks() const {
  return std::ranges::any_of(set_->usable(), [this](Index copy) { return locks_objects(set_->storage(copy)); });
}

std::optional<TimePoint> ReplicatedStorageImpl::locked_until(std::string_view name) {
  check_replicated_name(name);
  ask_enough();
  return latest_lock(name);
}

void ReplicatedStorageImpl::renew_lock(std::string_view name) {
  check_replicated_name(name);
  std::size_t did = 0;
  std::optional<Error> not_found;
  for (const Index copy : set_->usable()) {
    try {
      holdfast::renew_lock(set_->storage(copy), name);
      ++did;
    } catch (const Error& error) {
      rethrow_if_ours(error);
      if (error.code() != ErrorCode::not_found) set_->exclude(copy, error);
      if (error.code() == ErrorCode::not_found) not_found = error;
    }
  }
  if (did >= set_->quorum()) return;
  if (not_found) throw *not_found;
  throw set_->too_few("can't lock '" + std::string(name) + "'", did);
}

std::optional<ObjectInfo> ReplicatedStorageImpl::stat(std::string_view name) {
  check_replicated_name(name);
  ask_enough();
  std::map<Index, std::vector<ObjectInfo>> answers;  // none or one object each
  std::size_t found = 0;
  std::optional<Error> failure;
  for (const Index copy : set_->usable()) {
    try {
      const auto info = set_->storage(copy).stat(name);
      answers[copy] = info ? std::vector<ObjectInfo>{*info} : std::vector<ObjectInfo>();
      found += info ? 1 : 0;
    } catch (const Error& error) {
      rethrow_if_ours(error);
      set_->exclude(copy, error);
    }
    if (answers.size() >= set_->readers() && (found == 0 || found == answers.size())) break;
  }
  if (answers.size() < set_->readers() || (found != 0 && found != answers.size())) drop_marked(answers);
  for (auto& [copy, objects] : answers)
    if (!objects.empty()) return std::move(objects.front());
  return std::nullopt;
}

/// The answers of storages that turn out to be behind don't count.
void ReplicatedStorageImpl::drop_marked(std::map<Index, std::vector<ObjectInfo>>& answers) {
  set_->refresh();
  const std::vector<Index> usable = set_->usable();
  std::erase_if(answers, [&](const auto& answer) { return std::ranges::find(usable, answer.first) == usable.end(); });
  if (answers.empty()) throw set_->too_few("can't tell what is stored", 0);
}

void ReplicatedStorageImpl::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  ask_enough();
  const std::vector<Index> copies = set_->usable();
  std::map<Index, std::vector<ObjectInfo>> answers;
  std::mutex mutex;
  on_each(copies, [&](std::size_t at) {
    std::vector<ObjectInfo> objects;
    try {
      set_->storage(copies[at]).list(prefix, [&objects](const ObjectInfo& info) {
        if (!info.name.starts_with(kReplicaFolder)) objects.push_back(info);
        return true;
      });
    } catch (const Error& error) {
      rethrow_if_ours(error);
      return set_->exclude(copies[at], error);
    }
    const std::lock_guard lock(mutex);
    answers[copies[at]] = std::move(objects);
  });
  const auto alike = [&] {
    const auto same = [](const ObjectInfo& a, const ObjectInfo& b) { return a.name == b.name; };
    return std::ranges::all_of(answers,
                               [&](const auto& answer) { return std::ranges::equal(answer.second, answers.begin()->second, same); });
  };
  if (answers.size() < set_->readers() || !alike()) drop_marked(answers);
  std::vector<ObjectInfo> merged;  // the first storage's account of an object counts, as in stat
  for (auto& [copy, objects] : answers) {
    std::vector<ObjectInfo> both;
    std::ranges::set_union(merged, objects, std::back_inserter(both), {}, &ObjectInfo::name, &ObjectInfo::name);
    merged = std::move(both);
  }
  for (const ObjectInfo& info : merged)
    if (!visit(info)) return;
}

}  // namespace

std::shared_ptr<ReplicatedStorage> replicated_storage(std::vector<Replica> replicas, unsigned quorum, ReplicaUse use) {
  return std::make_shared<ReplicatedStorageImpl>(std::make_shared<ReplicaSet>(std::move(replicas), quorum, use));
}

std::shared_ptr<ReplicatedStorage> open_replicated(const std::vector<ReplicaAddress>& addresses, unsigned quorum, ReplicaUse use,
                                                   const StorageHost& host) {
  std::vector<Replica> replicas;
  for (const auto& [uri, options] : addresses) {
    Replica replica{.uri = uri, .storage = nullptr, .why = {}};
    try {
      replica.storage = open_storage(uri, options, use == ReplicaUse::open ? IfMissing::fail : IfMissing::create, host);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::invalid_argument || error.code() == ErrorCode::cancelled) throw;
      replica.why = error.message();
    }
    replicas.push_back(std::move(replica));
  }
  return replicated_storage(std::move(replicas), quorum, use);
}

}  // namespace holdfast
