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

/// A credential and until when it is good; null = for ever.
template <typename Credential>
struct Expiring {
  Credential value;
  std::optional<TimePoint> expires;
};

/// One place that credentials come from. Called by one thread at a time.
template <typename Credential>
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  virtual std::string name() const = 0;
  /// A fresh one; null when this place is not set up here. Throws Error when it is and does not work.
  virtual std::optional<Expiring<Credential>> fetch() = 0;
};

template <typename Credential>
using CredentialProviders = std::vector<std::unique_ptr<CredentialProvider<Credential>>>;

/// The credential in use: fetched once, from the first place that has one, and again some minutes before it expires, by whichever thread
/// comes first; the others wait. One that is still good stays in use when its place does not answer. Safe from any thread.
template <typename Credential>
class CredentialCache {
 public:
  /// `service` and `advice` are for the message that no place has any: "no credentials for S3: nothing found in …; ADVICE".
  CredentialCache(CredentialProviders<Credential> providers, const Clock& clock, std::string service, std::string advice)
      : providers_(std::move(providers)), clock_(clock), service_(std::move(service)), advice_(std::move(advice)) {}

  /// Throws Error{unauthenticated} when no place has any.
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

  /// The server does not take this one (any more): asks its place again. False when it has no other.
  bool renew(const Credential& refused) {
    const std::lock_guard lock(mutex_);
    if (current_ && current_->value == refused) fetch();
    return !current_ || !(current_->value == refused);
  }

 private:
  static constexpr std::chrono::minutes kEarly{5};   // before it expires
  static constexpr std::chrono::seconds kPause{30};  // between attempts while the old one is good

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
