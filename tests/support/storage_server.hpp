#pragma once

#include <memory>
#include <string>

#include "base/subprocess.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::testing {

/// A real server that keeps objects, for one test case: a script of tests/support that is built on servers.py.
class StorageServer {
 public:
  /// Null, said loudly, when the server can't be had here. For example "s3" and "versitygw".
  static std::unique_ptr<StorageServer> start(const std::string& script, const std::string& kind);

  int port() const noexcept { return port_; }
  /// What opens it; `port` is that of a proxy before it, if any.
  Options options(int port = 0) const;
  /// The URI of a bucket.
  std::string uri(const std::string& bucket) const { return scheme_ + "://" + bucket; }
  /// A bucket name not used before.
  std::string new_bucket();
  /// A storage in a new bucket; `more` options.
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
