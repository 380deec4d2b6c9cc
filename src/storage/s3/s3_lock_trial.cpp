#include "storage/s3/s3_lock_trial.hpp"

#include "base/retry.hpp"
#include "storage/http/write_mark.hpp"

namespace holdfast {

namespace {

using State = Finding::State;

constexpr std::chrono::seconds kLocked{5};
constexpr std::chrono::seconds kSlack{1};  // the server's time is known to the second
constexpr int kLastTries = 5;

class LockTrial {
 public:
  explicit LockTrial(S3Objects& objects)
      : objects_(objects),
        client_(*objects.client()),
        mark_(new_write_mark(client_.random())),
        key_(objects.options().prefix + "doctor-lock-" + mark_),
        retry_(client_.begin()) {}

  Finding run() {
    const S3Reply put = put_locked();
    if (!put.ok()) return {State::missing, "", put.error("lock an object in " + objects_.options().uri()).message()};
    version_ = put.header("x-amz-version-id");
    if (version_.empty()) return {State::missing, "", "the server accepts a lock but keeps no versions: it locks nothing"};
    if (remove().ok()) {
      if (client_.server_now() + kSlack >= until_) return {State::warning, "", "the server answers too slowly for a trial"};
      return {State::missing, "", "these keys can remove an object in spite of its lock"};
    }
    if (removed_at_last())
      return {State::ok, "", "an object that was locked for " + std::to_string(kLocked.count()) + " s could be removed only after that"};
    return {State::warning, "",
            "locked objects stay, but " + objects_.shown(key_) +
                " can't be removed after its lock has ended either: gc needs "
                "s3:DeleteObjectVersion"};
  }

 private:
  S3Reply put_locked() {
    until_ = std::chrono::ceil<std::chrono::seconds>(client_.server_now() + kLocked);
    S3Request request{
        .method = "PUT", .key = key_, .headers = objects_.object_headers(key_, mark_), .body = as_bytes("locked for a trial")};
    request.headers.emplace_back("x-amz-object-lock-mode", objects_.options().lock_mode);
    request.headers.emplace_back("x-amz-object-lock-retain-until-date", format_time(until_));
    return client_.send(request, retry_);
  }

  S3Reply remove() { return client_.send({.method = "DELETE", .key = key_, .query = {{"versionId", version_}}}, retry_); }

  bool removed_at_last() {
    pause(until_ + kSlack - client_.server_now());
    for (int attempt = 0; attempt < kLastTries; ++attempt) {
      if (remove().ok()) return true;
      pause(kSlack);
    }
    return false;
  }

  void pause(TimePoint::duration time) const {
    pause_until(std::chrono::steady_clock::now() + time, client_.stop());
    if (client_.stop().stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
  }

  S3Objects& objects_;
  S3Client& client_;
  const std::string mark_, key_;
  Retry retry_;
  TimePoint until_{};
  std::string version_;
};

}  // namespace

Finding try_lock(S3Objects& objects) { return LockTrial(objects).run(); }

}  // namespace holdfast
