#include "storage/http/http_client.hpp"

#include <mutex>
#include <vector>

#include "holdfast/error.hpp"
#include "storage/http/curl_stream.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMostIdle = 16;

}  // namespace

CurlGlobal::CurlGlobal() {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error(ErrorCode::internal, "libcurl can't be set up");
}

/// Idle connections, the last used one first: it is most likely still open.
class HttpClient::Pool {
 public:
  explicit Pool(const HttpOptions& options) : options_(options) {}

  const HttpOptions& options() const noexcept { return options_; }

  std::unique_ptr<Connection> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    auto connection = std::make_unique<Connection>();
    connection->multi.reset(curl_multi_init());
    connection->easy.reset(curl_easy_init());
    if (!connection->multi || !connection->easy) throw std::bad_alloc();
    curl_multi_setopt(connection->multi.get(), CURLMOPT_MAXCONNECTS, 2L);
    return connection;
  }

  void give_back(std::unique_ptr<Connection> connection) noexcept {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(connection));  // reserved: does not throw
  }

 private:
  CurlGlobal global_;  // outlives the connections
  HttpOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ = [] {
    std::vector<std::unique_ptr<Connection>> idle;
    idle.reserve(kMostIdle);
    return idle;
  }();
};

HttpClient::HttpClient(const HttpOptions& options) : pool_(std::make_shared<Pool>(options)) {}
HttpClient::~HttpClient() = default;

std::unique_ptr<HttpStream> HttpClient::open(const HttpRequest& request) {
  const auto give_back = [pool = pool_](std::unique_ptr<Connection> connection) { pool->give_back(std::move(connection)); };
  return std::make_unique<CurlStream>(pool_->take(), give_back, request, pool_->options());
}

HttpResponse HttpClient::send(const HttpRequest& request, std::uint64_t limit) {
  const auto stream = open(request);
  HttpResponse response{stream->head(), {}};
  response.body = read_all(*stream, limit);
  return response;
}

}  // namespace holdfast
