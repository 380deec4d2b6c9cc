#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "holdfast/locks.hpp"
#include "storage/locks.hpp"
#include "storage/replicated/replica_repair.hpp"
#include "storage/replicated/replica_store.hpp"
#include "storage/replicated/replica_streams.hpp"
#include "storage/room.hpp"
#include "storage/self_diagnosing.hpp"
#include "storage/thawing.hpp"

namespace holdfast {

namespace {

using Index = ReplicaSet::Index;

class ReplicatedStorageImpl final : public ReplicatedStorage, public Lockable, public Thawing, public SelfDiagnosing, public KnowsRoom {
 public:
  explicit ReplicatedStorageImpl(std::shared_ptr<ReplicaSet> set) : set_(std::move(set)) {}

  std::string uri() const override;
  StorageCaps caps() const override;
  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    check_replicated_name(name);
    return open_replicated_writer(set_, name);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    check_replicated_name(name);
    ask_enough();
    return open_replicated_reader(set_, name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;
  bool locks() const override;
  std::optional<TimePoint> locked_until(std::string_view name) override;
  void renew_lock(std::string_view name) override;
  bool holds_cold() override;
  std::vector<ObjectInfo> frozen(std::vector<ObjectInfo> objects, const Context& context) override;
  std::vector<Finding> diagnose(Trials trials) override;
  std::optional<std::uint64_t> room() override;

  std::vector<ReplicaStatus> status() override { return set_->status(); }
  unsigned quorum() const override { return set_->quorum(); }
  Storage* replica(std::string_view id) override {
    for (const Index copy : set_->reachable())
      if (set_->id(copy) == id) return &set_->storage(copy);
    return nullptr;
  }
  ReplicaRepairReport repair(const ReplicaRepairOptions& options, Context& context) override {
    return repair_replicas(*set_, options, context);
  }

 private:
  /// With fewer in sync than that, the others must at least confirm that those are.
  void ask_enough() {
    if (set_->usable().size() < set_->readers()) set_->refresh();
    if (set_->usable().empty()) throw set_->too_few("can't read", 0);
  }
  void drop_marked(std::map<Index, std::vector<ObjectInfo>>& answers);
  std::optional<TimePoint> latest_lock(std::string_view name);
  bool for_all(const std::function<bool(Storage&)>& ask);

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

std::optional<std::uint64_t> ReplicatedStorageImpl::room() {
  std::optional<std::uint64_t> least;
  for (const Index copy : set_->usable())
    if (const auto room = room_of(set_->storage(copy))) least = std::min(least.value_or(*room), *room);
  return least;
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
  // If one storage must keep the object, all keep it: otherwise that storage would be behind because of it.
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

/// Returns the latest lock among the storages that have the object; none if no storage has it.
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

/// Returns false if one storage has everything and can be read: readers then use that one.
bool ReplicatedStorageImpl::holds_cold() {
  ask_enough();
  return for_all([](Storage& copy) { return holdfast::holds_cold(copy); });
}

/// Returns the objects that can be read from no storage.
std::vector<ObjectInfo> ReplicatedStorageImpl::frozen(std::vector<ObjectInfo> objects, const Context& context) {
  ask_enough();
  for_all([&](Storage& copy) {
    objects = frozen_objects(copy, objects, context);
    return !objects.empty();
  });
  return objects;
}

/// Asks the usable storages in turn, until one returns false. Skips storages that can't answer.
bool ReplicatedStorageImpl::for_all(const std::function<bool(Storage&)>& ask) {
  bool any = false;
  for (const Index copy : set_->usable()) {
    try {
      if (!ask(set_->storage(copy))) return false;
      any = true;
    } catch (const Error& error) {
      rethrow_if_ours(error);
      set_->exclude(copy, error);
    }
  }
  if (!any) throw set_->too_few("can't tell what is archived", 0);
  return true;
}

std::vector<Finding> ReplicatedStorageImpl::diagnose(Trials trials) {
  std::vector<Finding> findings;
  for (const Index copy : set_->reachable())
    std::ranges::move(diagnosis_of_part(set_->storage(copy), trials), std::back_inserter(findings));
  return findings;
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

/// Drops the answers of storages that turn out to be behind.
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
  std::vector<ObjectInfo> merged;  // the first storage's description of an object counts, as in stat
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
