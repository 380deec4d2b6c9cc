#include <algorithm>
#include <mutex>
#include <utility>

#include "holdfast/error.hpp"
#include "holdfast/quota.hpp"
#include "storage/room.hpp"

namespace holdfast {

namespace {

/// The number of bytes in use. Shared with the writers.
class Account {
 public:
  explicit Account(QuotaOptions options) : options_(std::move(options)) {}

  /// Counts the stored bytes, once.
  void open(Storage& storage) {
    const std::lock_guard lock(mutex_);
    if (counted_) return;
    std::uint64_t used = 0;
    storage.list("", [&used](const ObjectInfo& info) {
      used += info.size;
      return true;
    });
    used_ = used;
    counted_ = true;
  }
  void take(std::uint64_t bytes, std::string_view name, const Storage& storage) {
    bool warn = false;
    std::uint64_t used = 0;
    {
      const std::lock_guard lock(mutex_);
      if (bytes > options_.limit_bytes || used_ > options_.limit_bytes - bytes)
        throw Error(ErrorCode::no_space, "can't store '" + std::string(name) + "' in " + storage.uri() + ": " + std::to_string(used_) +
                                             " bytes of the quota of " + std::to_string(options_.limit_bytes) + " are taken and " +
                                             std::to_string(bytes) + " more are needed; expire backups or raise the quota");
      used = used_ += bytes;
      warn = !warned_ && static_cast<double>(used) >= options_.warn_at * static_cast<double>(options_.limit_bytes);
      warned_ = warned_ || warn;
    }
    if (warn && options_.warn) options_.warn(used, options_.limit_bytes);
  }
  std::uint64_t left() const {
    const std::lock_guard lock(mutex_);
    return options_.limit_bytes - std::min(used_, options_.limit_bytes);
  }
  void give_back(std::uint64_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    used_ -= std::min(used_, bytes);
  }

 private:
  const QuotaOptions options_;
  mutable std::mutex mutex_;
  bool counted_ = false;
  bool warned_ = false;
  std::uint64_t used_ = 0;
};

/// Bytes reserved for one object: returned unless the object is stored.
class Claim {
 public:
  explicit Claim(std::shared_ptr<Account> account) : account_(std::move(account)) {}
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() { account_->give_back(bytes_); }
  void take(std::uint64_t bytes, std::string_view name, const Storage& storage) {
    account_->take(bytes, name, storage);
    bytes_ += bytes;
  }
  void keep() noexcept { bytes_ = 0; }

 private:
  std::shared_ptr<Account> account_;
  std::uint64_t bytes_ = 0;
};

class QuotaWriter final : public Writer {
 public:
  QuotaWriter(std::unique_ptr<Writer> inner, std::shared_ptr<Account> account, std::shared_ptr<Storage> storage, std::string_view name)
      : inner_(std::move(inner)), claim_(std::move(account)), storage_(std::move(storage)), name_(name) {}

  void write(ByteView data) override {
    claim_.take(data.size(), name_, *storage_);
    inner_->write(data);
  }
  void commit() override {
    inner_->commit();
    claim_.keep();
  }

 private:
  std::unique_ptr<Writer> inner_;
  Claim claim_;
  std::shared_ptr<Storage> storage_;
  const std::string name_;
};

class QuotaStorage final : public ForwardingStorage, public KnowsRoom {
 public:
  QuotaStorage(std::shared_ptr<Storage> inner, QuotaOptions options)
      : ForwardingStorage(std::move(inner)), account_(std::make_shared<Account>(std::move(options))) {}

  StorageCaps caps() const override {
    StorageCaps caps = inner_->caps();
    caps.fills = true;
    return caps;
  }

  std::optional<std::uint64_t> room() override {
    account_->open(*inner_);
    return account_->left();
  }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    check_object_name(name);
    account_->open(*inner_);
    Claim claim(account_);
    claim.take(bytes.size(), name, *inner_);
    const PutResult result = inner_->put_new(name, bytes);
    if (result == PutResult::created) claim.keep();
    return result;
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    account_->open(*inner_);
    return std::make_unique<QuotaWriter>(inner_->open_writer(name), account_, inner_, name);
  }
  void remove(std::string_view name) override {
    account_->open(*inner_);
    const auto info = inner_->stat(name);
    inner_->remove(name);
    if (info) account_->give_back(info->size);
  }

 private:
  std::shared_ptr<Account> account_;
};

}  // namespace

std::shared_ptr<Storage> quota_storage(std::shared_ptr<Storage> inner, QuotaOptions options) {
  return std::make_shared<QuotaStorage>(std::move(inner), std::move(options));
}

}  // namespace holdfast
