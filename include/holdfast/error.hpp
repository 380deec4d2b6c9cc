#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace holdfast {

/// Kinds of failure: few and stable. Each one calls for a different reaction.
enum class ErrorCode : std::int32_t {
  invalid_argument = 1,   ///< a wrong option, URI or call; nothing was done
  invalid_state = 2,      ///< the object can't do this now (finished, closed, not empty)
  not_found = 3,          ///< no such repository, backup, object, database or program
  already_exists = 4,     ///< the name is taken; nothing was overwritten
  permission_denied = 5,  ///< the other side refused an allowed request
  unauthenticated = 6,    ///< wrong or missing credentials for a server or storage
  wrong_key = 7,          ///< the key does not open this repository (the data may be fine)
  unsupported = 8,        ///< this version, server or storage cannot do it
  io = 9,                 ///< a local read or write failed
  network = 10,           ///< the connection failed or broke
  timeout = 11,           ///< a deadline passed
  cancelled = 12,         ///< the host asked to stop
  corrupt = 13,           ///< stored bytes are not what was written
  conflict = 14,          ///< somebody else holds or changed it (a lock, a concurrent writer)
  no_space = 15,          ///< disk, quota or inode limit reached
  limit = 16,             ///< a limit of this library or of the format was exceeded
  source = 17,            ///< the source failed during reading (server error, failed command)
  target = 18,            ///< the target failed during writing
  internal = 19,          ///< a bug in this library
};

/// Returns the code's stable name, for example "not_found".
std::string_view to_string(ErrorCode code) noexcept;

/// The one exception type of the library. `what()` is a single line: what failed, on which object, why, what to do.
/// It never contains a secret.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, bool retryable = false);

  ErrorCode code() const noexcept { return code_; }
  bool retryable() const noexcept { return retryable_; }
  const std::string& message() const noexcept { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// Returns this error with a prefix: "context: message".
  Error with_context(std::string_view context) const;

 private:
  ErrorCode code_;
  bool retryable_;
  std::string message_;
};

}  // namespace holdfast
