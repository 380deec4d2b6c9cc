#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/clock.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

/// A credential and its expiry; null = never.
template <typename Credential>
struct Expiring {
  Credential value;
  std::optional<TimePoint> expires;
};

/// One source of credentials. Called by one thread at a time.
template <typename Credential>
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  virtual std::string name() const = 0;
  /// Returns a fresh credential, or null if this source is not set up. Throws Error if it is set up but does not work.
  virtual std::optional<Expiring<Credential>> fetch() = 0;
};

template <typename Credential>
using CredentialProviders = std::vector<std::unique_ptr<CredentialProvider<Credential>>>;

/// The current credential: fetched from the first source that has one, and again some minutes before it expires. One
/// thread fetches, the others wait. A credential that is still valid stays in use if its source does not answer. Safe
/// from any thread.
template <typename Credential>
class CredentialCache {
 public:
  /// `service` and `advice` are for the message that no source has one: "no credentials for S3: nothing found in …;
  /// ADVICE".
  CredentialCache(CredentialProviders<Credential> providers, const Clock& clock, std::string service, std::string advice)
      : providers_(std::move(providers)), clock_(clock), service_(std::move(service)), advice_(std::move(advice)) {}

  /// Throws Error{unauthenticated} if no source has a credential.
  Credential get() {
    const std::lock_guard lock(mutex_);
    if (!current_) fetch();
    const TimePoint now = clock_.now();
    if (!current_->expires || *current_->expires - kEarly > now || now < next_try_) return current_->value;
    next_try_ = now + kPause;
    try {
      fetch();
    } catch (const Error&) {
      if (*current_->expires <= now) throw;
    }
    return current_->value;
  }

  /// Asks the sources again, because the server refuses this credential. Returns false if they have no other one.
  bool renew(const Credential& refused) {
    const std::lock_guard lock(mutex_);
    if (current_ && current_->value == refused) fetch();
    return !current_ || !(current_->value == refused);
  }

 private:
  static constexpr std::chrono::minutes kEarly{5};   // before it expires
  static constexpr std::chrono::seconds kPause{30};  // between attempts while the old one is valid

  void fetch() {
    std::string asked;
    for (const auto& provider : providers_) {
      if (auto found = provider->fetch()) {
        current_ = std::move(found);
        return;
      }
      asked += (asked.empty() ? "" : ", ") + provider->name();
    }
    throw Error(ErrorCode::unauthenticated, "no credentials for " + service_ + ": nothing found in " + asked + "; " + advice_);
  }

  CredentialProviders<Credential> providers_;
  const Clock& clock_;
  std::string service_, advice_;
  std::mutex mutex_;
  std::optional<Expiring<Credential>> current_;
  TimePoint next_try_{};
};

}  // namespace holdfast
