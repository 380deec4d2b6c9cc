#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/storage.hpp"
#include "support/http_double.hpp"

namespace holdfast::testing {

/// A bucket of some service: the storage opens it, and a test then answers its requests.
class ScriptedBucket {
 public:
  struct Service {
    std::string uri;            ///< of the bucket
    std::string empty_listing;  ///< the body of a listing without objects
    std::string endpoint_path;
  };
  ScriptedBucket(const Service& service, HttpDouble::Handler handler, Options options)
      : server_([this, empty = service.empty_listing, handler = std::move(handler)](const HttpDouble::Request& request) {
          return opened_ ? handler(request) : HttpDouble::Response{200, {}, empty};
        }) {
    options.merge(Options{{"endpoint", server_.url() + service.endpoint_path}, {"timeout", "3"}});
    storage = open_storage(service.uri, options);
    opened_ = true;
  }

  /// The requests after the opening.
  std::vector<HttpDouble::Request> requests() const {
    auto all = server_.requests();
    all.erase(all.begin());
    return all;
  }
  std::string url() const { return server_.url(); }
  std::shared_ptr<Storage> storage;

 private:
  std::atomic<bool> opened_{false};
  HttpDouble server_;
};

/// Returns `options`, and those of `others` that it does not have.
inline Options with_others(Options options, Options others) {
  options.merge(others);
  return options;
}

}  // namespace holdfast::testing
