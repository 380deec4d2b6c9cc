#pragma once

#include <memory>
#include <string>

#include "base/subprocess.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::testing {

/// A real S3 server for one test case (tests/support/s3.py).
class S3Server {
 public:
  /// Null, said loudly, when the server can't be had here. `kind` is "versitygw" or "gofakes3".
  static std::unique_ptr<S3Server> start(const std::string& kind);

  int port() const noexcept { return port_; }
  /// What opens it; `port` is that of a proxy before it, if any.
  Options options(int port = 0) const;
  /// A bucket name not used before.
  std::string new_bucket();
  /// A storage in a new bucket; `more` options.
  std::shared_ptr<Storage> fresh(const Options& more = {}, const std::string& prefix = {}, int port = 0);

 private:
  explicit S3Server(const std::string& kind);

  Context context_;
  Subprocess process_;
  int port_ = 0;
  std::string access_key_id_, secret_access_key_, skipped_;
  int buckets_ = 0;
};

}  // namespace holdfast::testing
