#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::test {

/// The objects that all actors share. Used by one thread at a time.
class SharedObjects {
 public:
  struct Object {
    Bytes bytes;
    TimePoint modified;
  };
  using Map = std::map<std::string, std::shared_ptr<const Object>, std::less<>>;

  void reset(Map objects) {
    objects_ = std::move(objects);
    changes_.clear();
  }
  const Map& all() const { return objects_; }
  const Object* find(std::string_view name) const {
    const auto found = objects_.find(name);
    return found == objects_.end() ? nullptr : found->second.get();
  }
  bool add(std::string_view name, Bytes bytes, TimePoint now) {
    const auto [at, added] = objects_.try_emplace(std::string(name));
    if (!added) return false;
    at->second = std::make_shared<const Object>(Object{std::move(bytes), now});
    changes_.emplace_back(name, nullptr);
    return true;
  }
  bool remove(std::string_view name) {
    const auto found = objects_.find(name);
    if (found == objects_.end()) return false;
    changes_.emplace_back(name, std::move(found->second));
    objects_.erase(found);
    return true;
  }
  /// Returns a removed object; none if nothing was removed, or if an object of its name exists again.
  std::optional<std::pair<std::string, Bytes>> gone(std::uint64_t number) const {
    std::vector<const std::pair<std::string, std::shared_ptr<const Object>>*> removals;
    for (const auto& change : changes_) {
      if (change.second && !objects_.contains(change.first)) removals.push_back(&change);
    }
    if (removals.empty()) return std::nullopt;
    const auto& [name, object] = *removals[number % removals.size()];
    return std::pair(name, object->bytes);
  }
  /// Lists the objects as they were `behind` changes ago.
  std::vector<ObjectInfo> list(std::string_view prefix, std::size_t behind) const {
    if (behind != 0) return list_of(past(behind), prefix);
    return list_of(objects_, prefix);
  }

 private:
  Map past(std::size_t behind) const {
    Map objects = objects_;
    for (auto change = changes_.rbegin(); change != changes_.rend() && behind-- != 0; ++change) {
      if (change->second)
        objects[change->first] = change->second;
      else
        objects.erase(change->first);
    }
    return objects;
  }
  static std::vector<ObjectInfo> list_of(const Map& objects, std::string_view prefix) {
    std::vector<ObjectInfo> infos;
    for (auto at = objects.lower_bound(prefix); at != objects.end() && at->first.starts_with(prefix); ++at)
      infos.push_back({at->first, at->second->bytes.size(), at->second->modified});
    return infos;
  }

  Map objects_;
  std::vector<std::pair<std::string, std::shared_ptr<const Object>>> changes_;  // the removed object; null = created
};

/// One actor's access to the objects.
class ActorStorage final : public Storage, public std::enable_shared_from_this<ActorStorage> {
 public:
  /// Runs an operation's effect when it is the actor's turn; may throw instead. `put`: stores an object of that name.
  using Turn = std::function<void(const char* operation, std::string_view name, const std::function<void()>& effect)>;
  /// Returns how many changes the next list is behind.
  using Behind = std::function<std::size_t()>;

  ActorStorage(SharedObjects& objects, const Clock& storage_clock, Turn turn, Behind behind)
      : objects_(objects), clock_(storage_clock), turn_(std::move(turn)), behind_(std::move(behind)) {}

  std::string uri() const override { return "simulated:"; }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = true}; }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    check_object_name(name);
    return insert("put", name, Bytes(bytes.begin(), bytes.end())) ? PutResult::created : PutResult::already_exists;
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    check_object_name(name);
    return std::make_unique<ObjectWriter>(shared_from_this(), std::string(name));
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    Bytes bytes;
    turn_("read", name, [&] {
      const auto* object = objects_.find(name);
      if (object == nullptr) throw Error(ErrorCode::not_found, "there is no object " + std::string(name));
      const ByteView tail = ByteView(object->bytes).subspan(std::min<std::uint64_t>(offset, object->bytes.size()));
      const ByteView part = tail.first(std::min<std::uint64_t>(length, tail.size()));
      bytes.assign(part.begin(), part.end());
    });
    return memory_reader(std::move(bytes));
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    std::optional<ObjectInfo> info;
    turn_("stat", name, [&] {
      if (const auto* object = objects_.find(name)) info = ObjectInfo{std::string(name), object->bytes.size(), object->modified};
    });
    return info;
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    std::vector<ObjectInfo> infos;
    turn_("list", prefix, [&] { infos = objects_.list(prefix, behind_()); });
    for (const ObjectInfo& info : infos) {
      if (!visit(info)) return;
    }
  }
  void remove(std::string_view name) override {
    turn_("remove", name, [&] {
      if (!objects_.remove(name)) throw Error(ErrorCode::not_found, "there is no object " + std::string(name));
    });
  }

 private:
  class ObjectWriter final : public Writer {
   public:
    ObjectWriter(std::shared_ptr<ActorStorage> storage, std::string name) : storage_(std::move(storage)), name_(std::move(name)) {}
    void write(ByteView data) override { bytes_.insert(bytes_.end(), data.begin(), data.end()); }
    void commit() override {
      if (!storage_->insert("commit", name_, std::move(bytes_))) throw Error(ErrorCode::already_exists, name_ + " exists");
    }

   private:
    std::shared_ptr<ActorStorage> storage_;
    std::string name_;
    Bytes bytes_;
  };

  bool insert(const char* operation, std::string_view name, Bytes bytes) {
    bool added = false;
    turn_(operation, name, [&] { added = objects_.add(name, std::move(bytes), clock_.now()); });
    return added;
  }

  SharedObjects& objects_;
  const Clock& clock_;
  Turn turn_;
  Behind behind_;
};

}  // namespace holdfast::test
