#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "storage/ability_witness.hpp"
#include "storage/locks.hpp"

namespace holdfast::test {

/// A storage over another one that locks objects at their put, by its own clock, like a bucket with object lock: for
/// twice as long as it promises. Unlike a real one, it records the calls.
class LockingStorage final : public Storage, public Lockable {
 public:
  LockingStorage(std::shared_ptr<Storage> inner, const Clock& clock, std::chrono::hours promised)
      : inner_(std::move(inner)), clock_(clock), promised_(promised) {}

  /// Called before each renewal; may throw.
  void on_renewal(std::function<void(const std::string&)> call) { on_renewal_ = std::move(call); }
  std::map<std::string, TimePoint> ends() const {
    const std::lock_guard lock(mutex_);
    return ends_;
  }
  std::size_t extensions() const {
    const std::lock_guard lock(mutex_);
    return extensions_;
  }
  /// Makes the object look as if somebody without locks had put it.
  void unlock(const std::string& name) {
    const std::lock_guard lock(mutex_);
    ends_.erase(name);
  }
  void lock_all(bool all) { all_ = all; }  ///< also short-lived objects, like a bucket with a default lock

  std::string uri() const override { return inner_->uri(); }
  StorageCaps caps() const override { return inner_->caps(); }
  PutResult put_new(std::string_view name, ByteView bytes) override {
    AbilityWitness::called(*this, Ability::locking);
    const PutResult result = inner_->put_new(name, bytes);
    if (result == PutResult::created) lock_new(std::string(name));
    return result;
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    return std::make_unique<LockingWriter>(*this, inner_->open_writer(name), std::string(name));
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    AbilityWitness::called(*this, Ability::locking);
    return inner_->open_reader(name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    AbilityWitness::called(*this, Ability::locking);
    return inner_->stat(name);
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    AbilityWitness::called(*this, Ability::locking);
    inner_->list(prefix, visit);
  }
  void remove(std::string_view name) override {
    if (inner_->stat(name)) {
      if (const auto until = locked_until(name))
        throw Error(ErrorCode::permission_denied, "can't remove '" + std::string(name) + "': " + lock_text(*until));
    }
    inner_->remove(name);
  }

  bool locks() const override { return true; }
  std::optional<TimePoint> locked_until(std::string_view name) override {
    require(name);
    const std::lock_guard lock(mutex_);
    const auto found = ends_.find(std::string(name));
    return found == ends_.end() || found->second <= clock_.now() ? std::nullopt : std::optional(found->second);
  }
  void renew_lock(std::string_view name) override {
    const std::string object(name);
    if (on_renewal_) on_renewal_(object);
    require(name);
    const std::lock_guard lock(mutex_);
    TimePoint& end = ends_[object];
    if (end >= clock_.now() + promised_) return;
    end = clock_.now() + 2 * promised_;
    ++extensions_;
  }

 private:
  class LockingWriter final : public Writer {
   public:
    LockingWriter(LockingStorage& storage, std::unique_ptr<Writer> inner, std::string name)
        : storage_(storage), inner_(std::move(inner)), name_(std::move(name)) {}
    void write(ByteView data) override { inner_->write(data); }
    void commit() override {
      inner_->commit();
      storage_.lock_new(name_);
    }

   private:
    LockingStorage& storage_;
    std::unique_ptr<Writer> inner_;
    std::string name_;
  };

  void require(std::string_view name) {
    if (!inner_->stat(name)) throw Error(ErrorCode::not_found, std::string(name) + ": not found");
  }
  void lock_new(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (all_ || !is_short_lived(name)) ends_[name] = clock_.now() + 2 * promised_;
  }

  std::shared_ptr<Storage> inner_;
  const Clock& clock_;
  const std::chrono::hours promised_;
  std::function<void(const std::string&)> on_renewal_;
  mutable std::mutex mutex_;
  std::map<std::string, TimePoint> ends_;
  std::size_t extensions_ = 0;
  bool all_ = false;
};

}  // namespace holdfast::test
