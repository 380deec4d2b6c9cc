#include <algorithm>
#include <utility>

#include "base/digest.hpp"
#include "base/retry.hpp"
#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "storage/decorators/attempts.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kCompareBuffer = 64U << 10;

/// The attempts of one call, or of consecutive calls on one stream.
class Tries {
 public:
  Tries(const StorageWithin& inner, RetryPolicy policy)
      : policy_(std::move(policy)),
        limit_(std::make_shared<CallLimit>()),
        storage_(inner(limit_)),
        retry_({policy_.first_delay, policy_.longest_delay, policy_.deadline, true}, *policy_.random, policy_.stop, policy_.wait) {
    begin();
  }

  const RetryPolicy& policy() const noexcept { return policy_; }
  Storage& storage() const noexcept { return *storage_; }
  /// Begins a call.
  void begin() {
    retry_.restart();
    limit_->until = retry_.give_up();
    limit_->least = policy_.deadline / 20;
  }
  /// Waits before the next attempt. Throws `error` if a retry can't help or no time is left.
  void again(const Error& error) {
    if (!error.retryable()) throw error;
    if (retry_.again()) return;
    const int count = retry_.failures();
    throw error.with_context("gave up after " + std::to_string(count) + (count == 1 ? " try" : " tries"));
  }
  /// Makes the call, and retries it where that may help.
  template <class Call>
  auto run(Call&& call) {
    begin();
    return go_on(std::forward<Call>(call));
  }
  /// The same for a part of a call that has already begun.
  template <class Call>
  auto go_on(Call&& call) {
    for (;;) {
      try {
        return call();
      } catch (const Error& error) {
        again(error);
      }
    }
  }

 private:
  RetryPolicy policy_;
  std::shared_ptr<CallLimit> limit_;
  std::shared_ptr<Storage> storage_;
  Retry retry_;
};

/// Identifies the bytes that were sent.
struct Sent {
  std::uint64_t size = 0;
  Bytes sha256;
};

/// Returns whether the stored object is the one that was sent. Throws the errors of the storage.
bool holds(Storage& storage, std::string_view name, const Sent& sent) {
  const auto info = storage.stat(name);
  if (!info || info->size != sent.size) return false;
  const auto reader = storage.open_reader(name);
  Sha256 hash;
  Bytes buffer(kCompareBuffer);
  while (const std::size_t got = reader->read(buffer)) hash.update(ByteView(buffer).first(got));
  return hash.finish() == sent.sha256;
}

PutResult put_retrying(Tries& tries, std::string_view name, ByteView bytes) {
  bool unheard = false;  // an earlier attempt may have succeeded
  return tries.run([&] {
    try {
      if (tries.storage().put_new(name, bytes) == PutResult::created) return PutResult::created;
      if (!unheard) return PutResult::already_exists;
      return holds(tries.storage(), name, {bytes.size(), sha256(bytes)}) ? PutResult::created : PutResult::already_exists;
    } catch (const Error&) {
      unheard = true;
      throw;
    }
  });
}

class RetryingReader final : public Reader {
 public:
  RetryingReader(Tries tries, std::string_view name, std::uint64_t offset, std::uint64_t length)
      : tries_(std::move(tries)), name_(name), offset_(offset), left_(length) {
    tries_.run([this] { open(); });
  }

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t got = tries_.run([&] {
      if (!reader_) open();
      try {
        return reader_->read(out);
      } catch (const Error&) {
        reader_.reset();  // objects never change: the rest can be read again
        throw;
      }
    });
    offset_ += got;
    left_ -= got;
    return got;
  }

 private:
  void open() { reader_ = tries_.storage().open_reader(name_, offset_, left_); }

  Tries tries_;
  const std::string name_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::unique_ptr<Reader> reader_;
};

/// Buffers the beginning of the stream. A stream that fits into the buffer is put as a whole and can be sent again. A
/// longer stream can't; but if only the answer to its commit was lost, the writer finds that out.
class RetryingWriter final : public Writer {
 public:
  RetryingWriter(Tries tries, std::string_view name) : tries_(std::move(tries)), name_(name) {}

  void write(ByteView data) override {
    if (!stream_ && held_.size() + data.size() <= tries_.policy().replay_bytes) {
      held_.insert(held_.end(), data.begin(), data.end());
      return;
    }
    tries_.begin();
    if (!stream_) {
      stream_ = tries_.go_on([this] { return tries_.storage().open_writer(name_); });
      send(std::exchange(held_, {}));
    }
    send(data);
  }

  void commit() override {
    if (!stream_) {
      if (put_retrying(tries_, name_, held_) == PutResult::created) return;
      throw Error(ErrorCode::already_exists,
                  "can't store '" + name_ + "' in " + tries_.storage().uri() + ": an object of that name exists");
    }
    tries_.begin();
    try {
      stream_->commit();
    } catch (const Error& error) {
      if (!error.retryable()) throw;
      const Sent sent{size_, hash_.finish()};
      if (!tries_.go_on([&] { return holds(tries_.storage(), name_, sent); })) throw;
    }
  }

 private:
  void send(ByteView data) {
    hash_.update(data);
    size_ += data.size();
    stream_->write(data);
  }

  Tries tries_;
  const std::string name_;
  Bytes held_;
  std::unique_ptr<Writer> stream_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

class RetryingStorage final : public Storage, public Lockable {
 public:
  RetryingStorage(const StorageWithin& inner, RetryPolicy policy)
      : RetryingStorage(inner, std::move(policy), inner(std::make_shared<CallLimit>())) {}

  std::string uri() const override { return unlimited_->uri(); }
  StorageCaps caps() const override { return unlimited_->caps(); }
  PutResult put_new(std::string_view name, ByteView bytes) override {
    Tries tries = begin();
    return put_retrying(tries, name, bytes);
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    check_object_name(name);
    return std::make_unique<RetryingWriter>(begin(), name);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return std::make_unique<RetryingReader>(begin(), name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    Tries tries = begin();
    return tries.run([&] { return tries.storage().stat(name); });
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;
  Storage* inner() const noexcept override { return unlimited_.get(); }
  bool locks() const override { return locks_objects(*unlimited_); }
  std::optional<TimePoint> locked_until(std::string_view name) override {
    Tries tries = begin();
    return tries.run([&] { return holdfast::locked_until(tries.storage(), name); });
  }
  void renew_lock(std::string_view name) override {
    Tries tries = begin();
    tries.run([&] { holdfast::renew_lock(tries.storage(), name); });
  }

 private:
  RetryingStorage(StorageWithin inner, RetryPolicy policy, std::shared_ptr<Storage> unlimited)
      : inner_(std::move(inner)), policy_(std::move(policy)), unlimited_(std::move(unlimited)) {}

  Tries begin() const { return {inner_, policy_}; }

  const StorageWithin inner_;
  const RetryPolicy policy_;
  const std::shared_ptr<Storage> unlimited_;
};

void RetryingStorage::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  std::string last;  // names come in order: a name shown once is not shown again
  bool visitor_threw = false;
  const auto show = [&](const ObjectInfo& info) {
    if (!last.empty() && info.name <= last) return true;
    last = info.name;
    try {
      return visit(info);
    } catch (...) {
      visitor_threw = true;
      throw;
    }
  };
  for (Tries tries = begin();;) {
    try {
      return tries.storage().list(prefix, show);
    } catch (const Error& error) {
      if (visitor_threw) throw;
      tries.again(error);
    }
  }
}

void RetryingStorage::remove(std::string_view name) {
  bool unheard = false;
  for (Tries tries = begin();;) {
    try {
      return tries.storage().remove(name);
    } catch (const Error& error) {
      if (unheard && error.code() == ErrorCode::not_found) return;
      tries.again(error);
      unheard = true;
    }
  }
}

}  // namespace

std::shared_ptr<Storage> retrying_storage(StorageWithin inner, RetryPolicy policy) {
  return std::make_shared<RetryingStorage>(std::move(inner), std::move(policy));
}

std::shared_ptr<Storage> retrying_storage(std::shared_ptr<Storage> inner, RetryPolicy policy) {
  return retrying_storage([inner = std::move(inner)](const std::shared_ptr<const CallLimit>&) { return inner; }, std::move(policy));
}

}  // namespace holdfast
