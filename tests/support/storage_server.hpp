#pragma once

#include <memory>
#include <string>

#include "base/subprocess.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::testing {

/// A real server for objects, for one test case: a script of tests/support that uses servers.py.
class StorageServer {
 public:
  /// Returns null, after a loud message, if the server is not available here. Example: "s3" and "versitygw".
  static std::unique_ptr<StorageServer> start(const std::string& script, const std::string& kind);

  int port() const noexcept { return port_; }
  /// Returns the options for it; `port` is that of a proxy in front of it, if any.
  Options options(int port = 0) const;
  /// Returns the URI of a bucket.
  std::string uri(const std::string& bucket) const { return scheme_ + "://" + bucket; }
  /// Returns a bucket name that was not used before.
  std::string new_bucket();
  /// Returns a storage in a new bucket, with `more` options.
  std::shared_ptr<Storage> fresh(const Options& more = {}, const std::string& prefix = {}, int port = 0);

 private:
  StorageServer(const std::string& script, const std::string& kind);

  Context context_;
  Subprocess process_;
  int port_ = 0;
  std::string scheme_, skipped_;
  Options options_;
  int buckets_ = 0;
};

}  // namespace holdfast::testing
