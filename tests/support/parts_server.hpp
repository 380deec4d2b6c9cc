#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/driver.hpp"
#include "support/http_double.hpp"

namespace holdfast::testing {

/// Rules of an S3 server.
struct PartRules {
  std::uint32_t max_parts = 10'000;
  std::uint64_t least_part = 5U << 20;  ///< of all parts except the last
  std::uint64_t most_part = std::uint64_t{5} << 30;
};

/// An S3 server for uploads of any length. It checks that bodies match their signed hashes, counts them and drops them.
/// It enforces the rules for parts in AWS's documentation. Real servers check the signatures themselves.
class PartsServer {
 public:
  struct Object {
    std::uint64_t size = 0;
    std::vector<std::uint64_t> parts;  ///< their sizes; none for a single put
    std::string mark;
  };
  using Gate = std::function<std::optional<HttpDouble::Response>(const HttpDouble::Request&)>;

  /// `gate`, if any, may answer a request instead of the server; called by one thread at a time.
  explicit PartsServer(const PartRules& rules = {}, Gate gate = {});

  int port() const noexcept { return http_.port(); }
  /// Returns the options for a storage on it; `port` is that of a proxy in front of it, if any.
  Options options(int port = 0) const;
  std::optional<Object> object(const std::string& name) const;
  /// Returns the requests that broke its rules.
  std::vector<std::string> refused() const;

 private:
  using Request = HttpDouble::Request;
  using Response = HttpDouble::Response;
  struct Upload {
    std::string name, mark;
    std::map<std::uint32_t, std::pair<std::uint64_t, std::string>> parts;  // size and ETag
  };
  Response answer(const Request& request);
  Response put_part(Upload& upload, const Request& request, std::uint32_t number);
  Response complete(const std::string& id, const Request& request);
  Response look(const std::string& name, bool head) const;
  Response refuse(int status, const std::string& code);

  PartRules rules_;
  Gate gate_;
  mutable std::mutex mutex_;
  std::map<std::string, Upload> uploads_;
  std::map<std::string, Object> objects_;
  std::vector<std::string> refused_;
  unsigned last_upload_ = 0;
  HttpDouble http_;  // declared last: its threads use the others
};

}  // namespace holdfast::testing
