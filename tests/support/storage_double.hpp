#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "holdfast/context.hpp"
#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::test {

/// A clock that stands still until it is set.
class StandingClock final : public Clock {
 public:
  TimePoint now() const override { return now_.load(); }
  void advance(std::chrono::microseconds by) { now_ = now_.load() + by; }

 private:
  std::atomic<TimePoint> now_{TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + std::chrono::hours(18))};
};

/// A storage whose objects a test can damage, and whose times follow a StandingClock. It calls a hook around each of
/// its operations; the hook may throw (the operation failed), or do something in between.
class HookedStorage final : public Storage {
 private:
  class Around {
   public:
    Around(HookedStorage& storage, const char* operation, std::string_view object)
        : storage_(storage), operation_(operation), object_(object) {}
    template <typename Operation>
    auto run(const Operation& operation) const {
      call(true);
      auto result = operation();
      call(false);
      return result;
    }

   private:
    void call(bool before) const {
      if (storage_.hook_) storage_.hook_({before ? When::before : When::after, operation_, object_});
    }
    HookedStorage& storage_;
    const char* operation_;
    std::string object_;
  };

 public:
  enum class When { before, after };
  struct Step {
    When when;
    std::string operation;  // "put", "commit", "remove"; "stat", "list", "read"
    std::string object;
    bool effect() const { return operation == "put" || operation == "commit" || operation == "remove"; }
  };
  using Hook = std::function<void(const Step&)>;

  explicit HookedStorage(const Clock& clock) : clock_(clock) {}

  std::map<std::string, Bytes> objects() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, Bytes> all;
    for (const auto& [name, object] : objects_) all.emplace(name, object.bytes);
    return all;
  }
  void set(const std::string& name, Bytes bytes) {
    const std::lock_guard lock(mutex_);
    objects_[name] = {std::move(bytes), clock_.now()};
  }
  void erase(const std::string& name) {
    const std::lock_guard lock(mutex_);
    objects_.erase(name);
  }
  void set_hook(Hook hook) { hook_ = std::move(hook); }

  std::string uri() const override { return "test:"; }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = true}; }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    check_object_name(name);
    const Around around(*this, "put", name);
    return around.run([&] { return insert(std::string(name), Bytes(bytes.begin(), bytes.end())); });
  }

  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    check_object_name(name);
    return std::make_unique<ObjectWriter>(*this, std::string(name));
  }

  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    const Around around(*this, "read", name);
    return around.run([&] {
      const std::lock_guard lock(mutex_);
      const auto found = objects_.find(name);
      if (found == objects_.end()) throw Error(ErrorCode::not_found, std::string(name) + ": not found");
      const ByteView all = found->second.bytes;
      const ByteView part = all.subspan(std::min<std::uint64_t>(offset, all.size()));
      const ByteView clipped = part.first(std::min<std::uint64_t>(length, part.size()));
      return memory_reader(Bytes(clipped.begin(), clipped.end()));
    });
  }

  std::optional<ObjectInfo> stat(std::string_view name) override {
    const Around around(*this, "stat", name);
    return around.run([&]() -> std::optional<ObjectInfo> {
      const std::lock_guard lock(mutex_);
      const auto found = objects_.find(name);
      if (found == objects_.end()) return std::nullopt;
      return ObjectInfo{found->first, found->second.bytes.size(), found->second.modified};
    });
  }

  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    const Around around(*this, "list", prefix);
    const auto found = around.run([&] {
      const std::lock_guard lock(mutex_);
      std::vector<ObjectInfo> infos;
      for (const auto& [name, object] : objects_) {
        if (name.starts_with(prefix)) infos.push_back({name, object.bytes.size(), object.modified});
      }
      return infos;
    });
    for (const ObjectInfo& info : found) {
      if (!visit(info)) return;
    }
  }

  void remove(std::string_view name) override {
    const Around around(*this, "remove", name);
    around.run([&] {
      const std::lock_guard lock(mutex_);
      if (objects_.erase(std::string(name)) == 0) throw Error(ErrorCode::not_found, std::string(name) + ": not found");
      return true;
    });
  }

 private:
  struct Object {
    Bytes bytes;
    TimePoint modified;
  };

  class ObjectWriter final : public Writer {
   public:
    ObjectWriter(HookedStorage& storage, std::string name) : storage_(storage), name_(std::move(name)) {}
    void write(ByteView data) override { bytes_.insert(bytes_.end(), data.begin(), data.end()); }
    void commit() override {
      const Around around(storage_, "commit", name_);
      around.run([&] {
        if (storage_.insert(name_, bytes_) == PutResult::already_exists) throw Error(ErrorCode::already_exists, name_ + ": exists");
        return true;
      });
    }

   private:
    HookedStorage& storage_;
    std::string name_;
    Bytes bytes_;
  };

  PutResult insert(const std::string& name, Bytes bytes) {
    const std::lock_guard lock(mutex_);
    return objects_.try_emplace(name, Object{std::move(bytes), clock_.now()}).second ? PutResult::created : PutResult::already_exists;
  }

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_;
  Hook hook_;
};

}  // namespace holdfast::test
