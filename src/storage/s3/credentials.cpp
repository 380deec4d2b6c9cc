#include "storage/s3/credentials.hpp"

#include <algorithm>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::chrono::minutes kEarly{5};   // before they expire
constexpr std::chrono::seconds kPause{30};  // between attempts while the old ones are good

}  // namespace

CredentialCache::CredentialCache(std::vector<std::unique_ptr<CredentialProvider>> providers, const Clock& clock)
    : providers_(std::move(providers)), clock_(clock) {}

AwsKeys CredentialCache::get() {
  const std::lock_guard lock(mutex_);
  if (!current_) fetch();
  const TimePoint now = clock_.now();
  if (!current_->expires || *current_->expires - kEarly > now || now < next_try_) return current_->keys;
  next_try_ = now + kPause;
  try {
    fetch();
  } catch (const Error&) {
    if (*current_->expires <= now) throw;
  }
  return current_->keys;
}

bool CredentialCache::renew(const AwsKeys& refused) {
  const auto same = [&] {
    return current_->keys.access_key_id == refused.access_key_id &&
           std::ranges::equal(current_->keys.session_token.bytes(), refused.session_token.bytes()) &&
           std::ranges::equal(current_->keys.secret_access_key.bytes(), refused.secret_access_key.bytes());
  };
  const std::lock_guard lock(mutex_);
  if (current_ && same()) fetch();
  return !current_ || !same();
}

void CredentialCache::fetch() {
  std::string asked;
  for (const auto& provider : providers_) {
    if (auto found = provider->fetch()) {
      current_ = std::move(found);
      return;
    }
    asked += (asked.empty() ? "" : ", ") + provider->name();
  }
  throw Error(ErrorCode::unauthenticated,
              "no credentials for S3: nothing found in " + asked + "; give the options access_key_id and secret_access_key, or a profile");
}

}  // namespace holdfast
