#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/driver.hpp"
#include "support/http_double.hpp"

namespace holdfast::testing {

/// What an S3 server forbids.
struct PartRules {
  std::uint32_t max_parts = 10'000;
  std::uint64_t least_part = 5U << 20;  ///< of all parts but the last
  std::uint64_t most_part = std::uint64_t{5} << 30;
};

/// An S3 server for uploads of any length: it checks that bodies are the ones that were signed, counts them and throws them away. It keeps
/// to the rules for parts as AWS documents them. Signatures themselves are for the real servers to check.
class PartsServer {
 public:
  struct Object {
    std::uint64_t size = 0;
    std::vector<std::uint64_t> parts;  ///< their sizes; none of a single put
    std::string mark;
  };
  using Gate = std::function<std::optional<HttpDouble::Response>(const HttpDouble::Request&)>;

  /// `gate`, if any, may answer a request in the server's place; it is called by one thread at a time.
  explicit PartsServer(const PartRules& rules = {}, Gate gate = {});

  int port() const noexcept { return http_.port(); }
  /// What opens a storage on it; `port` is that of a proxy before it, if any.
  Options options(int port = 0) const;
  std::optional<Object> object(const std::string& name) const;
  /// What it had to refuse by its rules.
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
  HttpDouble http_;  // last: its threads use the others
};

}  // namespace holdfast::testing
