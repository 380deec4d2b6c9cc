#include "storage/decorators/faulty.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace holdfast {

namespace {

constexpr std::byte kFlippedBit{0x10};

/// The rules and how often each was met; shared with the streams.
class Faults {
 public:
  explicit Faults(FaultPlan plan) : plan_(std::move(plan)), met_(plan_.rules.size()) {}

  /// Runs `effect` (given the rule that acts, or null) with a step before and one after.
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

/// What the rule leaves of bytes that are stored.
Bytes damaged(const FaultRule& rule, ByteView bytes) {
  Bytes result(bytes.begin(), bytes.end());
  if (rule.effect == FaultEffect::truncate) result.resize(std::min<std::uint64_t>(result.size(), rule.offset));
  if (rule.effect == FaultEffect::flip && rule.offset < result.size()) result[rule.offset] ^= kFlippedBit;
  return result;
}

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
  FaultyWriter(std::unique_ptr<Writer> inner, std::shared_ptr<Faults> faults, std::string_view name)
      : inner_(std::move(inner)), faults_(std::move(faults)), name_(name) {}

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
      if (!is(rule, FaultEffect::phantom)) inner_->commit();
      return true;
    });
  }

 private:
  std::unique_ptr<Writer> inner_;
  std::shared_ptr<Faults> faults_;
  std::string name_;
};

class FaultyStorage final : public Storage {
 public:
  FaultyStorage(std::shared_ptr<Storage> inner, FaultPlan plan)
      : inner_(std::move(inner)), faults_(std::make_shared<Faults>(std::move(plan))) {}

  std::string uri() const override { return inner_->uri(); }
  StorageCaps caps() const override { return inner_->caps(); }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    return faults_->run(StorageOperation::put, name, [&](const FaultRule* rule) {
      if (rule == nullptr) return inner_->put_new(name, bytes);
      return rule->effect == FaultEffect::phantom ? PutResult::created : inner_->put_new(name, damaged(*rule, bytes));
    });
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    return std::make_unique<FaultyWriter>(inner_->open_writer(name), faults_, name);
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
    return faults_->run(StorageOperation::stat, name,
                        [&](const FaultRule* rule) { return is(rule, FaultEffect::phantom) ? std::nullopt : inner_->stat(name); });
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    faults_->run(StorageOperation::list, prefix, [&](const FaultRule* rule) {
      std::uint64_t left = is(rule, FaultEffect::truncate) ? rule->offset : std::numeric_limits<std::uint64_t>::max();
      if (!is(rule, FaultEffect::phantom)) inner_->list(prefix, [&](const ObjectInfo& info) { return left-- != 0 && visit(info); });
      return true;
    });
  }
  void remove(std::string_view name) override {
    faults_->run(StorageOperation::remove, name, [&](const FaultRule* rule) {
      if (!is(rule, FaultEffect::phantom)) inner_->remove(name);
      return true;
    });
  }

 private:
  std::shared_ptr<Storage> inner_;
  std::shared_ptr<Faults> faults_;
};

void check(const FaultRule& rule) {
  using enum StorageOperation;
  const bool has_bytes = rule.operation == put || rule.operation == write || rule.operation == read;
  const bool can_shorten = has_bytes || rule.operation == list;
  if ((rule.effect == FaultEffect::truncate && !can_shorten) || (rule.effect == FaultEffect::flip && !has_bytes))
    throw Error(ErrorCode::invalid_argument, std::string(to_string(rule.operation)) + " moves no bytes that could be damaged");
  if (rule.effect == FaultEffect::call && !rule.call) throw Error(ErrorCode::invalid_argument, "a fault of kind call needs one");
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
  }
  return "unknown";
}

std::shared_ptr<Storage> faulty_storage(std::shared_ptr<Storage> inner, FaultPlan plan) {
  for (const FaultRule& rule : plan.rules) check(rule);
  return std::make_shared<FaultyStorage>(std::move(inner), std::move(plan));
}

}  // namespace holdfast
