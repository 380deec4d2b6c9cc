#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/clock.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/retry.hpp"
#include "storage/s3/s3_options.hpp"
#include "storage/s3/sigv4.hpp"

namespace holdfast {

struct AwsCredentials {
  AwsKeys keys;
  std::optional<TimePoint> expires;
};

/// One place that keys come from. Called by one thread at a time.
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  virtual std::string name() const = 0;
  /// Fresh keys; null when this place is not set up here. Throws Error when it is and does not work.
  virtual std::optional<AwsCredentials> fetch() = 0;
};

/// The places that `options` names, in the order they are asked.
std::vector<std::unique_ptr<CredentialProvider>> credential_providers(const S3Options& options, const S3World& world);

/// Keys in use: fetched once, and again some minutes before they expire, by whichever thread comes first; the others wait. Keys that are
/// still good stay in use when their place does not answer. Safe from any thread.
class CredentialCache {
 public:
  CredentialCache(std::vector<std::unique_ptr<CredentialProvider>> providers, const Clock& clock);

  /// Throws Error{unauthenticated} when no place has any.
  AwsKeys get();
  /// The server does not take these (any more): asks their place again. False when it has no others.
  bool renew(const AwsKeys& refused);

 private:
  void fetch();

  std::vector<std::unique_ptr<CredentialProvider>> providers_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<AwsCredentials> current_;
  TimePoint next_try_{};
};

}  // namespace holdfast
