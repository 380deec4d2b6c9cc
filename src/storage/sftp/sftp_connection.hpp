#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.hpp"
#include "storage/decorators/attempts.hpp"
#include "storage/sftp/sftp_wire.hpp"

namespace holdfast {

/// How to reach a server: the arguments of ssh, and the longest wait for an answer.
struct SftpTarget {
  std::string uri;                ///< for people
  std::vector<std::string> argv;  ///< ssh … -s -- host sftp
  Executor* executor = nullptr;   ///< runs it; borrowed
  std::chrono::seconds stall_timeout{60};
  std::chrono::seconds timeout{120};  ///< for one call with all its attempts
  std::stop_token stop;
};

struct SftpReply {
  SftpType type = SftpType::status;
  std::uint32_t id = 0;
  Bytes body;  ///< without type and id
};

/// One SFTP session through the ssh program. After an error it is not usable any more. Used by one thread at a time.
class SftpConnection {
 public:
  SftpConnection(const SftpTarget& target, std::shared_ptr<const CallLimit> limit);

  /// Sets the limit of all further waits.
  void keep_to(std::shared_ptr<const CallLimit> limit) { limit_ = std::move(limit); }
  bool offers_fsync() const noexcept { return fsync_; }
  bool offers_hard_links() const noexcept { return hard_links_; }

  // Several requests may be in flight; the replies come in any order.
  std::uint32_t send(SftpType type, const SftpBody& body);
  SftpReply receive();
  bool idle() const noexcept { return on_the_way_ == 0; }

  // One request and its answer. Functions that return a status leave it to the caller; the others throw Error unless it
  // is `ok`.
  SftpReply request(SftpType type, const SftpBody& body);
  SftpStatus status_of(SftpType type, const SftpBody& body);
  std::string open(std::string_view path, std::uint32_t flags);  ///< handle
  void close(std::string_view handle);
  std::optional<SftpAttributes> lstat(std::string_view path);  ///< null: no such file
  /// Throws unless the status is `ok`; `action` and `object` are for the message.
  void require(SftpStatus status, const char* action, std::string_view object) const;
  Error error(const char* action, std::string_view object, SftpStatus status, std::string_view said = {}) const;
  static SftpStatus status_in(const SftpReply& reply);

 private:
  void read_exactly(std::span<std::byte> out);
  Bytes read_packet();
  [[noreturn]] void broken();
  /// Waits for the server, at most as long as the limit allows.
  template <class Wait>
  auto bounded(Wait&& wait);

  const SftpTarget& target_;
  std::shared_ptr<const CallLimit> limit_;
  Context context_;
  std::unique_ptr<Process> ssh_;
  std::uint32_t last_id_ = 0;
  std::size_t on_the_way_ = 0;
  bool fsync_ = false;
  bool hard_links_ = false;
};

/// Open, idle connections. Safe from any thread.
class SftpPool {
 public:
  explicit SftpPool(SftpTarget target) : target_(std::move(target)) {}
  const SftpTarget& target() const noexcept { return target_; }
  std::unique_ptr<SftpConnection> take(std::shared_ptr<const CallLimit> limit);
  void give_back(std::unique_ptr<SftpConnection> connection);

 private:
  const SftpTarget target_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SftpConnection>> idle_;
};

/// A connection for one operation. It returns to the pool after that, unless it broke.
class SftpLease {
 public:
  SftpLease(std::shared_ptr<SftpPool> pool, std::shared_ptr<const CallLimit> limit)
      : pool_(std::move(pool)), connection_(pool_->take(std::move(limit))) {}
  SftpLease(SftpLease&&) = default;
  SftpLease(const SftpLease&) = delete;
  SftpLease& operator=(const SftpLease&) = delete;
  SftpConnection& operator*() const noexcept { return *connection_; }
  SftpConnection* operator->() const noexcept { return connection_.get(); }
  void done() { pool_->give_back(std::move(connection_)); }
  explicit operator bool() const noexcept { return connection_ != nullptr; }

 private:
  std::shared_ptr<SftpPool> pool_;
  std::unique_ptr<SftpConnection> connection_;
};

}  // namespace holdfast
