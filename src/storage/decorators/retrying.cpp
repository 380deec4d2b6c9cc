#include <algorithm>
#include <utility>

#include "base/backoff.hpp"
#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "holdfast/storages.hpp"

namespace holdfast {

namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kCompareBuffer = 64U << 10;

/// The tries of one operation.
class Tries {
 public:
  explicit Tries(const RetryPolicy& policy) : policy_(policy), end_(SteadyClock::now() + policy.deadline), ceiling_(policy.first_delay) {}

  /// Waits before the next try, or throws `error` on when it can't help or there is no time left.
  void again(const Error& error) {
    if (!error.retryable()) throw error;
    const milliseconds delay = jitter(ceiling_, *policy_.random);
    waited_ += delay;  // counted too, so that a test that does not wait ends
    if (SteadyClock::now() + delay >= end_ || waited_ >= policy_.deadline) {
      const std::string gave_up = "gave up after " + std::to_string(count_) + (count_ == 1 ? " try" : " tries");
      throw error.with_context(gave_up);
    }
    wait(delay);
    ++count_;
    ceiling_ = std::min(ceiling_ * 2, policy_.longest_delay);
  }

 private:
  void wait(milliseconds delay) const {
    if (policy_.wait) {
      policy_.wait(delay);
    } else {
      pause_until(SteadyClock::now() + delay, policy_.stop);
    }
    if (policy_.stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
  }

  const RetryPolicy& policy_;
  const SteadyClock::time_point end_;
  milliseconds ceiling_;
  milliseconds waited_{0};
  int count_ = 1;
};

template <class Call>
auto retry(const RetryPolicy& policy, Call&& call) {
  for (Tries tries(policy);;) {
    try {
      return call();
    } catch (const Error& error) {
      tries.again(error);
    }
  }
}

/// What is known of the bytes that were sent, to know them again.
struct Sent {
  std::uint64_t size = 0;
  Bytes sha256;
};

class RetryingReader final : public Reader {
 public:
  RetryingReader(std::shared_ptr<Storage> inner, const RetryPolicy& policy, std::string_view name, std::uint64_t offset,
                 std::uint64_t length)
      : inner_(std::move(inner)), policy_(policy), name_(name), offset_(offset), left_(length) {
    retry(policy_, [this] { open(); });
  }

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t got = retry(policy_, [&] {
      if (!reader_) open();
      try {
        return reader_->read(out);
      } catch (const Error&) {
        reader_.reset();  // objects never change: what is left can be read anew
        throw;
      }
    });
    offset_ += got;
    left_ -= got;
    return got;
  }

 private:
  void open() { reader_ = inner_->open_reader(name_, offset_, left_); }

  std::shared_ptr<Storage> inner_;
  const RetryPolicy policy_;
  const std::string name_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::unique_ptr<Reader> reader_;
};

class RetryingStorage final : public Storage, public LocksOf, public std::enable_shared_from_this<RetryingStorage> {
 public:
  RetryingStorage(std::shared_ptr<Storage> inner, RetryPolicy policy)
      : LocksOf(inner), inner_(std::move(inner)), policy_(std::move(policy)) {}

  std::string uri() const override { return inner_->uri(); }
  StorageCaps caps() const override { return inner_->caps(); }
  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override;
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return std::make_unique<RetryingReader>(inner_, policy_, name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    return retry(policy_, [&] { return inner_->stat(name); });
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;
  std::optional<TimePoint> locked_until(std::string_view name) override {
    return retry(policy_, [&] { return LocksOf::locked_until(name); });
  }
  void renew_lock(std::string_view name) override {
    retry(policy_, [&] { LocksOf::renew_lock(name); });
  }

  const RetryPolicy& policy() const noexcept { return policy_; }
  Storage& inner() noexcept { return *inner_; }
  /// Whether the object that is there is the one that was sent. Throws what asking throws.
  bool holds(std::string_view name, const Sent& sent);

 private:
  std::shared_ptr<Storage> inner_;
  const RetryPolicy policy_;
};

bool RetryingStorage::holds(std::string_view name, const Sent& sent) {
  const auto info = inner_->stat(name);
  if (!info || info->size != sent.size) return false;
  const auto reader = inner_->open_reader(name);
  Sha256 hash;
  Bytes buffer(kCompareBuffer);
  while (const std::size_t got = reader->read(buffer)) hash.update(ByteView(buffer).first(got));
  return hash.finish() == sent.sha256;
}

PutResult RetryingStorage::put_new(std::string_view name, ByteView bytes) {
  bool unheard = false;  // an earlier try may have got through
  for (Tries tries(policy_);;) {
    try {
      if (inner_->put_new(name, bytes) == PutResult::created) return PutResult::created;
      if (!unheard) return PutResult::already_exists;
      return holds(name, {bytes.size(), sha256(bytes)}) ? PutResult::created : PutResult::already_exists;
    } catch (const Error& error) {
      tries.again(error);
      unheard = true;
    }
  }
}

void RetryingStorage::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  std::string last;  // names come in order: what was shown is not shown again
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
  for (Tries tries(policy_);;) {
    try {
      return inner_->list(prefix, show);
    } catch (const Error& error) {
      if (visitor_threw) throw;
      tries.again(error);
    }
  }
}

void RetryingStorage::remove(std::string_view name) {
  bool unheard = false;
  for (Tries tries(policy_);;) {
    try {
      return inner_->remove(name);
    } catch (const Error& error) {
      if (unheard && error.code() == ErrorCode::not_found) return;
      tries.again(error);
      unheard = true;
    }
  }
}

/// Holds the beginning of the stream: what ends there is put whole and can be sent again. A longer stream can't; but when only the
/// answer to its commit was lost, that is found out.
class RetryingWriter final : public Writer {
 public:
  RetryingWriter(std::shared_ptr<RetryingStorage> storage, std::string_view name) : storage_(std::move(storage)), name_(name) {}

  void write(ByteView data) override {
    if (!stream_ && held_.size() + data.size() <= storage_->policy().replay_bytes) {
      held_.insert(held_.end(), data.begin(), data.end());
      return;
    }
    if (!stream_) {
      stream_ = retry(storage_->policy(), [this] { return storage_->inner().open_writer(name_); });
      send(std::exchange(held_, {}));
    }
    send(data);
  }

  void commit() override {
    if (!stream_) {
      if (storage_->put_new(name_, held_) == PutResult::created) return;
      throw Error(ErrorCode::already_exists, "can't store '" + name_ + "' in " + storage_->uri() + ": an object of that name exists");
    }
    try {
      stream_->commit();
    } catch (const Error& error) {
      if (!error.retryable()) throw;
      const Sent sent{size_, hash_.finish()};
      if (!retry(storage_->policy(), [&] { return storage_->holds(name_, sent); })) throw;
    }
  }

 private:
  void send(ByteView data) {
    hash_.update(data);
    size_ += data.size();
    stream_->write(data);
  }

  std::shared_ptr<RetryingStorage> storage_;
  const std::string name_;
  Bytes held_;
  std::unique_ptr<Writer> stream_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

std::unique_ptr<Writer> RetryingStorage::open_writer(std::string_view name) {
  check_object_name(name);
  return std::make_unique<RetryingWriter>(shared_from_this(), name);
}

}  // namespace

std::shared_ptr<Storage> retrying_storage(std::shared_ptr<Storage> inner, RetryPolicy policy) {
  return std::make_shared<RetryingStorage>(std::move(inner), std::move(policy));
}

}  // namespace holdfast
