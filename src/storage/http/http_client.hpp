#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "holdfast/io.hpp"
#include "storage/http/http.hpp"

namespace holdfast {

struct HttpOptions {
  std::chrono::milliseconds connect_timeout{10'000};  ///< name look-up, TCP and TLS together
  std::chrono::milliseconds stall_timeout{60'000};    ///< longest time in which almost nothing (less than 4 KiB) moves
  std::string ca_file;                                ///< PEM certificates to trust instead of the system's; empty = the system's
  std::string proxy;                                  ///< URL; empty = none: the environment's proxy variables are not read
};

/// A response that is read while it arrives. Destroyed before its end, it closes its connection. Used by one thread at
/// a time.
class HttpStream : public Reader {
 public:
  virtual const HttpHead& head() const noexcept = 0;
};

/// A response that was read completely, or one to read from `stream`; then `body` is empty.
struct HttpReply : HttpResponse {
  std::unique_ptr<HttpStream> stream;
  bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// HTTP/1.1 over reused connections. Safe from any thread; each request runs on the caller's. Returns redirects like
/// other answers.
///
/// The host need not set up anything for the process: curl_global_init is thread-safe and counted since libcurl 7.84,
/// and each client holds one count.
class HttpClient {
 public:
  explicit HttpClient(const HttpOptions& options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends a request and waits for the head of its response. Throws Error{network | timeout}, retryable where another
  /// attempt may help, and Error{cancelled}. Messages name the host, never the path or the query.
  std::unique_ptr<HttpStream> open(const HttpRequest& request);
  /// Returns the whole response. Throws Error{limit} if its body is longer than `limit` bytes.
  HttpResponse send(const HttpRequest& request, std::uint64_t limit = 16U << 20);

 private:
  class Pool;
  std::shared_ptr<Pool> pool_;
};

}  // namespace holdfast
