#include "holdfast/tiered.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/if_there.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "storage/ability_witness.hpp"
#include "storage/room.hpp"
#include "storage/self_diagnosing.hpp"
#include "storage/thawing.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kBuffer = 1U << 20;
/// The longest time between a mover's copy of an object and its removal of the hot one. A slower mover is considered
/// dead.
constexpr std::chrono::hours kSettle{1};

std::vector<ObjectInfo> listing(Storage& storage, std::string_view prefix) {
  std::vector<ObjectInfo> found;
  storage.list(prefix, [&found](const ObjectInfo& info) {
    found.push_back(info);
    return true;
  });
  return found;
}

/// Returns false if there was no such object.
bool remove_if_there(Storage& storage, std::string_view name) {
  return if_there([&] { storage.remove(name); });
}

/// Returns false if there is no such object. Also asks a storage that locks nothing whether it has the object.
bool renew_if_there(Storage& storage, std::string_view name) {
  if (!locks_objects(storage)) return storage.stat(name).has_value();
  return if_there([&] { renew_lock(storage, name); });
}

Error name_taken(std::string_view name) {
  return {ErrorCode::already_exists, "can't store '" + std::string(name) + "': an object of that name exists"};
}

/// Objects only move from hot to cold. A reader that does not find one in the hot storage finds it in the cold one,
/// even in the middle of the object.
class TieredReader final : public Reader {
 public:
  TieredReader(std::shared_ptr<Storage> hot, std::shared_ptr<Storage> cold, std::string_view name, std::uint64_t offset,
               std::uint64_t length)
      : cold_(std::move(cold)), name_(name), offset_(offset), left_(length) {
    try {
      reader_ = hot->open_reader(name, offset, length);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      open_cold();
    }
  }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t got = 0;
    try {
      got = reader_->read(out);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found || in_cold_) throw;
      open_cold();
      got = reader_->read(out);
    }
    offset_ += got;
    left_ -= got;
    return got;
  }

 private:
  void open_cold() {
    in_cold_ = true;
    try {
      reader_ = cold_->open_reader(name_, offset_, left_);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) throw;
      throw error.with_context("'" + name_ + "' is in the cold storage " + cold_->uri() + " and may need a restore from the archive first");
    }
  }

  std::shared_ptr<Storage> cold_;
  const std::string name_;
  std::uint64_t offset_;
  std::uint64_t left_;
  bool in_cold_ = false;
  std::unique_ptr<Reader> reader_;
};

class TieredStorageImpl final : public TieredStorage,
                                public Lockable,
                                public Thawing,
                                public SelfDiagnosing,
                                public KnowsRoom,
                                public std::enable_shared_from_this<TieredStorageImpl> {
 public:
  TieredStorageImpl(std::shared_ptr<Storage> hot, std::shared_ptr<Storage> cold) : hot_(std::move(hot)), cold_(std::move(cold)) {}

  std::string uri() const override { return hot_->uri(); }
  StorageCaps caps() const override {
    const StorageCaps hot = hot_->caps(), cold = cold_->caps();
    return {.atomic_create = hot.atomic_create, .durable = hot.durable && cold.durable, .fills = hot.fills};
  }
  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override;
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    witness();
    return std::make_unique<TieredReader>(hot_, cold_, name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    witness();
    // Every use of a repository begins with this call, so a part that hides an ability is found at once.
    if (auto info = with_abilities_told(*hot_, [&] { return hot_->stat(name); })) return info;
    return with_abilities_told(*cold_, [&] { return cold_->stat(name); });
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;
  bool locks() const override { return locks_objects(*hot_) || locks_objects(*cold_); }
  std::optional<TimePoint> locked_until(std::string_view name) override;
  void renew_lock(std::string_view name) override;
  TierReport move_old(const TierPolicy& policy, Context& context) override;
  std::vector<ObjectInfo> cold_objects(std::string_view prefix) override;
  bool holds_cold() override;
  std::vector<ObjectInfo> frozen(std::vector<ObjectInfo> objects, const Context& context) override;
  std::vector<Finding> diagnose(Trials trials) override;
  std::optional<std::uint64_t> room() override { return room_of(*hot_); }

  bool in_cold(std::string_view name) { return cold_->stat(name).has_value(); }
  /// Checks again after a put: another writer's object of that name may have been moved between our check and our put.
  void check_put(std::string_view name);

 private:
  void witness() const noexcept { AbilityWitness::called(*this, Ability::thawing); }
  bool move(const ObjectInfo& info, const Context& context);
  bool copy_to_cold(const ObjectInfo& info, const Context& context);
  bool left_by_a_dead_mover(const ObjectInfo& info, const Context& context);
  bool is_frozen(const std::string& name);

  std::shared_ptr<Storage> hot_, cold_;
};

class TieredWriter final : public Writer {
 public:
  TieredWriter(std::shared_ptr<TieredStorageImpl> storage, std::unique_ptr<Writer> inner, std::string_view name)
      : storage_(std::move(storage)), inner_(std::move(inner)), name_(name) {}
  void write(ByteView data) override { inner_->write(data); }
  void commit() override {
    if (storage_->in_cold(name_)) throw name_taken(name_);
    inner_->commit();
    storage_->check_put(name_);
  }

 private:
  std::shared_ptr<TieredStorageImpl> storage_;
  std::unique_ptr<Writer> inner_;
  const std::string name_;
};

std::unique_ptr<Writer> TieredStorageImpl::open_writer(std::string_view name) {
  witness();
  return std::make_unique<TieredWriter>(shared_from_this(), hot_->open_writer(name), name);
}

PutResult TieredStorageImpl::put_new(std::string_view name, ByteView bytes) {
  witness();
  check_object_name(name);
  if (in_cold(name)) return PutResult::already_exists;
  if (hot_->put_new(name, bytes) == PutResult::already_exists) return PutResult::already_exists;
  check_put(name);
  return PutResult::created;
}

void TieredStorageImpl::check_put(std::string_view name) {
  // Our object is in the hot storage. An object in the cold storage is not ours, unless a mover has moved ours already;
  // then it is not in the hot storage any more.
  if (!in_cold(name) || !hot_->stat(name)) return;
  remove_if_there(*hot_, name);
  throw Error(ErrorCode::conflict, "can't store '" + std::string(name) + "': an object of that name was just moved to the cold storage",
              true);
}

void TieredStorageImpl::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  witness();
  // Hot first: an object that moves meanwhile is in at least one of the listings.
  const std::vector<ObjectInfo> hot = with_abilities_told(*hot_, [&] { return listing(*hot_, prefix); });
  const std::vector<ObjectInfo> cold = with_abilities_told(*cold_, [&] { return listing(*cold_, prefix); });
  std::vector<ObjectInfo> both;
  std::ranges::set_union(hot, cold, std::back_inserter(both), {}, &ObjectInfo::name, &ObjectInfo::name);
  for (const ObjectInfo& info : both)
    if (!visit(info)) return;
}

void TieredStorageImpl::remove(std::string_view name) {
  witness();
  // Hot first: a mover that is copying the object finds it gone there and removes its copy.
  const bool was_hot = remove_if_there(*hot_, name);
  if (!remove_if_there(*cold_, name) && !was_hot)
    throw Error(ErrorCode::not_found, "can't remove '" + std::string(name) + "' in " + uri() + ": there is no such object");
}

std::optional<TimePoint> TieredStorageImpl::locked_until(std::string_view name) {
  std::optional<TimePoint> latest;
  bool there = false;
  for (Storage* const storage : {hot_.get(), cold_.get()}) {
    if (!locks_objects(*storage)) continue;
    there |= if_there([&] { latest = std::max(latest, holdfast::locked_until(*storage, name)); });
  }
  if (!there && !stat(name))
    throw Error(ErrorCode::not_found, "can't look for the lock of '" + std::string(name) + "' in " + uri() + ": there is no such object");
  return latest;
}

/// Tries hot first, as every call does. If the object is still hot, a copy in the cold storage belongs to a mover,
/// which renews its lock.
void TieredStorageImpl::renew_lock(std::string_view name) {
  if (!renew_if_there(*hot_, name) && !renew_if_there(*cold_, name))
    throw Error(ErrorCode::not_found, "can't lock '" + std::string(name) + "' in " + uri() + ": there is no such object");
}

TierReport TieredStorageImpl::move_old(const TierPolicy& policy, Context& context) {
  TierReport report;
  for (const std::string& prefix : policy.prefixes) {
    std::vector<ObjectInfo> old = listing(*hot_, prefix);
    std::erase_if(old, [&](const ObjectInfo& info) { return context.now() - info.modified < policy.age; });
    std::ranges::sort(old, {}, [](const ObjectInfo& info) { return std::tie(info.modified, info.name); });
    for (const ObjectInfo& info : old) {
      if (!move(info, context)) continue;
      ++report.moved_objects;
      report.moved_bytes += info.size;
    }
  }
  return report;
}

bool TieredStorageImpl::move(const ObjectInfo& info, const Context& context) {
  if (holdfast::locked_until(*hot_, info.name)) return false;  // it could not be removed there
  const auto begun = std::chrono::steady_clock::now();
  const bool ours = copy_to_cold(info, context);
  if (!ours) {
    if (!left_by_a_dead_mover(info, context)) return false;
    holdfast::renew_lock(*cold_, info.name);  // the copy's age is unknown, and it is now the only one
  }
  if (remove_if_there(*hot_, info.name)) return true;
  // Nobody else moves the object within the settling time: so it was removed, and must not come back.
  if (ours && std::chrono::steady_clock::now() - begun < kSettle) remove_if_there(*cold_, info.name);
  return false;
}

/// Returns false if there is nothing to copy, or a copy exists already.
bool TieredStorageImpl::copy_to_cold(const ObjectInfo& info, const Context& context) {
  try {
    const auto reader = hot_->open_reader(info.name);
    const auto writer = cold_->open_writer(info.name);
    Bytes buffer(kBuffer);
    std::uint64_t bytes = 0;
    while (const std::size_t got = reader->read(buffer)) {
      context.check();
      writer->write(ByteView(buffer).first(got));
      bytes += got;
    }
    if (bytes != info.size)
      throw Error(ErrorCode::io,
                  "'" + info.name + "' in " + hot_->uri() + ": read " + std::to_string(bytes) + " bytes of " + std::to_string(info.size));
    writer->commit();
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::already_exists) return false;
    throw;
  }
}

/// Returns whether the cold copy is from another mover, which should have removed the hot object long ago.
bool TieredStorageImpl::left_by_a_dead_mover(const ObjectInfo& info, const Context& context) {
  const auto there = cold_->stat(info.name);
  if (!there || context.now() - there->modified < kSettle) return false;
  if (there->size != info.size)
    throw Error(ErrorCode::corrupt,
                "'" + info.name + "' in " + cold_->uri() + " differs from the one in " + hot_->uri() + ": remove the damaged one");
  return true;
}

std::vector<ObjectInfo> TieredStorageImpl::cold_objects(std::string_view prefix) {
  const std::vector<ObjectInfo> hot = listing(*hot_, prefix), cold = listing(*cold_, prefix);
  std::vector<ObjectInfo> only;
  std::ranges::set_difference(cold, hot, std::back_inserter(only), {}, &ObjectInfo::name, &ObjectInfo::name);
  return only;
}

bool TieredStorageImpl::holds_cold() {
  if (holdfast::holds_cold(*hot_)) return true;
  bool any = false;
  cold_->list("", [&any](const ObjectInfo&) {
    any = true;
    return false;
  });
  return any;
}

std::vector<ObjectInfo> TieredStorageImpl::frozen(std::vector<ObjectInfo> objects, const Context& context) {
  const std::vector<ObjectInfo> cold = cold_objects("");
  const auto first_hot = std::ranges::stable_partition(
      objects, [&cold](const ObjectInfo& info) { return std::ranges::binary_search(cold, info.name, {}, &ObjectInfo::name); });
  std::vector<ObjectInfo> found = frozen_objects(*hot_, {first_hot.begin(), first_hot.end()}, context);
  objects.erase(first_hot.begin(), first_hot.end());
  std::vector<char> is_so(objects.size(), 0);
  parallel_for(objects.size(), context.jobs(), [&](std::size_t number) {
    context.check();
    is_so[number] = static_cast<char>(is_frozen(objects[number].name));
  });
  for (std::size_t number = 0; number < objects.size(); ++number)
    if (is_so[number] != 0) found.push_back(std::move(objects[number]));
  return found;
}

std::vector<Finding> TieredStorageImpl::diagnose(Trials trials) {
  std::vector<Finding> findings = diagnosis_of(*hot_, trials);
  std::ranges::move(diagnosis_of_part(*cold_, trials), std::back_inserter(findings));
  return findings;
}

/// Returns false for an object that can't be read for another reason: the code that reads it reports the error.
bool TieredStorageImpl::is_frozen(const std::string& name) {
  try {
    std::array<std::byte, 1> first{};
    cold_->open_reader(name, 0, 1)->read(first);
    return false;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    return error.code() == ErrorCode::invalid_state;
  }
}

}  // namespace

std::shared_ptr<TieredStorage> tiered_storage(std::shared_ptr<Storage> hot, std::shared_ptr<Storage> cold) {
  return std::make_shared<TieredStorageImpl>(std::move(hot), std::move(cold));
}

}  // namespace holdfast
