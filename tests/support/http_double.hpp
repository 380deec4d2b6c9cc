#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "support/loopback.hpp"

namespace holdfast::testing {

/// A small HTTP/1.1 server whose answers a test writes: for answers that real servers give too rarely, and for
/// endpoints that exist only in clouds.
class HttpDouble {
 public:
  struct Request {
    std::string method, target;
    std::map<std::string, std::string> headers;  ///< lower-case names
    std::string body;                            ///< empty if it was longer than the limit
    std::uint64_t body_size = 0;                 ///< as sent
    std::string body_sha256;                     ///< hex
    std::string header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
  };
  struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool drop = false;            ///< the connection ends without an answer
    std::size_t body_shown = -1;  ///< bytes of the body that are sent; if there are more, the connection ends in the middle of the body
  };
  using Handler = std::function<Response(const Request&)>;

  /// `handler` is called from many threads, one at a time. Bodies longer than `most_kept` are hashed and dropped while
  /// they arrive.
  explicit HttpDouble(Handler handler, std::size_t most_kept = -1);

  std::string url() const { return "http://127.0.0.1:" + std::to_string(loopback_.port()); }
  int port() const noexcept { return loopback_.port(); }
  std::vector<Request> requests() const;
  int connections() const;

 private:
  void serve(int fd);

  Handler handler_;
  std::size_t most_kept_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  int connections_ = 0;
  Loopback loopback_;  // declared last: its threads use the others
};

}  // namespace holdfast::testing
