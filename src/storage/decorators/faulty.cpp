#include "storage/decorators/faulty.hpp"
#include "holdfast/locks.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace holdfast {

namespace {

constexpr std::byte kFlippedBit{0x10};

/// The rules, and how often each one matched. Shared with the streams.
class Faults {
 public:
  explicit Faults(FaultPlan plan) : plan_(std::move(plan)), met_(plan_.rules.size()) {}

  /// Runs `effect` with a step before and one after. `effect` receives the rule that applies, or null.
  template <class Effect>
  auto run(StorageOperation operation, std::string_view name, Effect&& effect) {
    const FaultRule* rule = nullptr;
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = ++operations_;
      rule = meet(operation, name);
    }
    step({operation, name, number, false});
    if (rule != nullptr && rule->effect == FaultEffect::call) rule->call();
    if (rule != nullptr && rule->effect == FaultEffect::fail && operation != StorageOperation::read) raise(*rule, name);
    auto result = effect(rule);
    step({operation, name, number, true});
    if (rule != nullptr && rule->effect == FaultEffect::ghost) raise(*rule, name);
    return result;
  }

  [[noreturn]] static void raise(const FaultRule& rule, std::string_view name) {
    throw Error(rule.code, "injected fault: " + std::string(to_string(rule.operation)) + " '" + std::string(name) + "'", rule.retryable);
  }

 private:
  const FaultRule* meet(StorageOperation operation, std::string_view name) {
    const FaultRule* acts = nullptr;
    for (std::size_t i = 0; i < plan_.rules.size(); ++i) {
      const FaultRule& rule = plan_.rules[i];
      if (rule.operation != operation || ::fnmatch(rule.name.c_str(), std::string(name).c_str(), 0) != 0) continue;
      ++met_[i];
      if (acts == nullptr && (rule.nth == 0 || rule.nth == met_[i])) acts = &rule;
    }
    return acts;
  }
  void step(const StorageStep& step) const {
    if (plan_.on_step) plan_.on_step(step);
  }

  const FaultPlan plan_;
  std::mutex mutex_;
  std::vector<std::uint64_t> met_;
  std::uint64_t operations_ = 0;
};

bool is(const FaultRule* rule, FaultEffect effect) { return rule != nullptr && rule->effect == effect; }

/// Returns the stored bytes as the rule damages them.
Bytes damaged(const FaultRule& rule, ByteView bytes) {
  Bytes result(bytes.begin(), bytes.end());
  if (rule.effect == FaultEffect::truncate) result.resize(std::min<std::uint64_t>(result.size(), rule.offset));
  if (rule.effect == FaultEffect::flip && rule.offset < result.size()) result[rule.offset] ^= kFlippedBit;
  return result;
}

/// The changes made through a storage, newest last, so that a listing can undo them.
class History {
 public:
  /// `was`: the removed object; none if an object was created.
  void add(std::string_view name, std::optional<ObjectInfo> was) {
    const std::lock_guard lock(mutex_);
    changes_.push_back({std::string(name), std::move(was)});
  }
  void undo(std::map<std::string, ObjectInfo>& objects, std::string_view prefix, std::uint64_t behind) const {
    const std::lock_guard lock(mutex_);
    for (auto change = changes_.rbegin(); change != changes_.rend() && behind-- != 0; ++change) {
      if (!change->name.starts_with(prefix)) continue;
      if (change->was)
        objects.insert_or_assign(change->name, *change->was);
      else
        objects.erase(change->name);
    }
  }

 private:
  struct Change {
    std::string name;
    std::optional<ObjectInfo> was;
  };
  mutable std::mutex mutex_;
  std::vector<Change> changes_;
};

class FaultyReader final : public Reader {
 public:
  FaultyReader(std::unique_ptr<Reader> inner, const FaultRule& rule, std::string_view name)
      : inner_(std::move(inner)), rule_(rule), name_(name) {}

  std::size_t read(std::span<std::byte> out) override {
    const bool ends = rule_.effect == FaultEffect::truncate || rule_.effect == FaultEffect::fail;
    if (ends) out = out.first(std::min<std::uint64_t>(out.size(), rule_.offset - at_));
    if (ends && at_ == rule_.offset) {
      if (rule_.effect == FaultEffect::fail) Faults::raise(rule_, name_);
      return 0;
    }
    const std::size_t count = inner_->read(out);
    if (rule_.effect == FaultEffect::flip && rule_.offset >= at_ && rule_.offset < at_ + count) out[rule_.offset - at_] ^= kFlippedBit;
    at_ += count;
    return count;
  }

 private:
  std::unique_ptr<Reader> inner_;
  FaultRule rule_;
  std::string name_;
  std::uint64_t at_ = 0;
};

class FaultyWriter final : public Writer {
 public:
  FaultyWriter(std::unique_ptr<Writer> inner, std::shared_ptr<Faults> faults, std::shared_ptr<History> history, std::string_view name)
      : inner_(std::move(inner)), faults_(std::move(faults)), history_(std::move(history)), name_(name) {}

  void write(ByteView data) override {
    faults_->run(StorageOperation::write, name_, [&](const FaultRule* rule) {
      if (rule == nullptr)
        inner_->write(data);
      else if (rule->effect != FaultEffect::phantom)
        inner_->write(damaged(*rule, data));
      return true;
    });
  }
  void commit() override {
    faults_->run(StorageOperation::commit, name_, [&](const FaultRule* rule) {
      if (is(rule, FaultEffect::phantom)) return true;
      inner_->commit();
      if (history_) history_->add(name_, std::nullopt);
      return true;
    });
  }

 private:
  std::unique_ptr<Writer> inner_;
  std::shared_ptr<Faults> faults_;
  std::shared_ptr<History> history_;
  std::string name_;
};

class FaultyStorage final : public ForwardingStorage, public Lockable {
 public:
  FaultyStorage(std::shared_ptr<Storage> inner, FaultPlan plan) : ForwardingStorage(std::move(inner)) {
    const auto stale = [](const FaultRule& rule) { return rule.effect == FaultEffect::stale; };
    if (std::ranges::any_of(plan.rules, stale)) history_ = std::make_shared<History>();
    faults_ = std::make_shared<Faults>(std::move(plan));
  }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    return faults_->run(StorageOperation::put, name, [&](const FaultRule* rule) {
      if (is(rule, FaultEffect::phantom)) return PutResult::created;
      const PutResult result = rule == nullptr ? inner_->put_new(name, bytes) : inner_->put_new(name, damaged(*rule, bytes));
      if (history_ && result == PutResult::created) history_->add(name, std::nullopt);
      return result;
    });
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    return std::make_unique<FaultyWriter>(inner_->open_writer(name), faults_, history_, name);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return faults_->run(StorageOperation::read, name, [&](const FaultRule* rule) -> std::unique_ptr<Reader> {
      if (is(rule, FaultEffect::phantom)) return memory_reader(Bytes());
      auto reader = inner_->open_reader(name, offset, length);
      if (rule == nullptr) return reader;
      return std::make_unique<FaultyReader>(std::move(reader), *rule, name);
    });
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    return faults_->run(StorageOperation::stat, name, [&](const FaultRule* rule) -> std::optional<ObjectInfo> {
      if (is(rule, FaultEffect::phantom)) return std::nullopt;
      if (!is(rule, FaultEffect::stale)) return inner_->stat(name);
      const auto objects = stale_objects(name, rule->behind);
      const auto found = objects.find(std::string(name));
      return found == objects.end() ? std::nullopt : std::optional(found->second);
    });
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    faults_->run(StorageOperation::list, prefix, [&](const FaultRule* rule) {
      if (is(rule, FaultEffect::phantom)) return true;
      if (is(rule, FaultEffect::stale)) {
        const auto objects = stale_objects(prefix, rule->behind);
        return std::ranges::all_of(objects, [&](const auto& object) { return visit(object.second); });
      }
      std::uint64_t left = is(rule, FaultEffect::truncate) ? rule->offset : std::numeric_limits<std::uint64_t>::max();
      inner_->list(prefix, [&](const ObjectInfo& info) { return left-- != 0 && visit(info); });
      return true;
    });
  }
  void remove(std::string_view name) override {
    faults_->run(StorageOperation::remove, name, [&](const FaultRule* rule) {
      if (is(rule, FaultEffect::phantom)) return true;
      std::optional<ObjectInfo> was = history_ ? inner_->stat(name) : std::nullopt;
      inner_->remove(name);
      if (history_) history_->add(name, std::move(was));
      return true;
    });
  }
  bool locks() const override { return locks_objects(*inner_); }
  std::optional<TimePoint> locked_until(std::string_view name) override { return holdfast::locked_until(*inner_, name); }
  void renew_lock(std::string_view name) override {
    faults_->run(StorageOperation::lock, name, [&](const FaultRule* rule) {
      if (!is(rule, FaultEffect::phantom)) holdfast::renew_lock(*inner_, name);
      return true;
    });
  }

 private:
  std::map<std::string, ObjectInfo> stale_objects(std::string_view prefix, std::uint64_t behind) const {
    std::map<std::string, ObjectInfo> objects;
    inner_->list(prefix, [&objects](const ObjectInfo& info) { return objects.emplace(info.name, info).second; });
    history_->undo(objects, prefix, behind);
    return objects;
  }

  std::shared_ptr<Faults> faults_;
  std::shared_ptr<History> history_;  // null if no rule asks for it
};

void check(const FaultRule& rule) {
  using enum StorageOperation;
  const bool has_bytes = rule.operation == put || rule.operation == write || rule.operation == read;
  const bool can_shorten = has_bytes || rule.operation == list;
  if ((rule.effect == FaultEffect::truncate && !can_shorten) || (rule.effect == FaultEffect::flip && !has_bytes))
    throw Error(ErrorCode::invalid_argument, std::string(to_string(rule.operation)) + " moves no bytes that a fault could damage");
  if (rule.effect == FaultEffect::stale && rule.operation != list && rule.operation != stat)
    throw Error(ErrorCode::invalid_argument, std::string(to_string(rule.operation)) + " shows nothing that a fault could make stale");
  if (rule.effect == FaultEffect::call && !rule.call)
    throw Error(ErrorCode::invalid_argument, "a fault of kind call needs a function to call");
}

}  // namespace

std::string_view to_string(StorageOperation operation) noexcept {
  switch (operation) {
    case StorageOperation::put: return "put";
    case StorageOperation::write: return "write";
    case StorageOperation::commit: return "commit";
    case StorageOperation::read: return "read";
    case StorageOperation::stat: return "stat";
    case StorageOperation::list: return "list";
    case StorageOperation::remove: return "remove";
    case StorageOperation::lock: return "lock";
  }
  return "unknown";
}

std::shared_ptr<Storage> faulty_storage(std::shared_ptr<Storage> inner, FaultPlan plan) {
  for (const FaultRule& rule : plan.rules) check(rule);
  return std::make_shared<FaultyStorage>(std::move(inner), std::move(plan));
}

}  // namespace holdfast
