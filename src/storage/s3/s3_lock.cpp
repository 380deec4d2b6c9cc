#include "storage/s3/s3_lock.hpp"

#include "storage/locks.hpp"
#include "storage/s3/s3_lock_trial.hpp"

namespace holdfast {

namespace {

using State = Finding::State;

/// The time between the extension of a lock and the commit of the backup that needs it. A writer that is silent for
/// longer is considered dead.
constexpr std::chrono::days kMargin{1};

S3BucketLock bucket_lock(S3Client& client) {
  Retry retry = client.begin();
  const S3Reply reply = client.send({.query = {{"object-lock", ""}}}, retry);
  if (reply.fault.code == "ObjectLockConfigurationNotFoundError") return {};
  const std::string what = "find out whether " + client.options().uri() + " locks objects";
  if (!reply.ok()) throw reply.error(what);
  try {
    return parse_bucket_lock(reply.body);
  } catch (const Error& error) {
    throw error.with_context("can't " + what);
  }
}

std::string versioning(S3Client& client) {
  Retry retry = client.begin();
  const S3Reply reply = client.send({.query = {{"versioning", ""}}}, retry);
  if (!reply.ok()) throw reply.error("find out whether " + client.options().uri() + " keeps versions");
  return parse_versioning(reply.body);
}

template <typename Look>
Finding finding(const char* what, Look&& look) {
  try {
    Finding found = look();
    found.what = what;
    return found;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    return {State::warning, what, error.message()};
  }
}

Finding find_versioning(S3Client& client) {
  const std::string status = versioning(client);
  if (status == "Enabled") return {State::ok, "", "the bucket keeps overwritten and deleted objects: as_of=TIME reads it as it was"};
  return {State::warning, "", "the bucket keeps no versions: overwritten and deleted objects are lost"};
}

Finding find_lock(S3Client& client) {
  const S3Options& options = client.options();
  const S3BucketLock lock = bucket_lock(client);
  if (!lock.default_mode.empty())
    return {
        State::warning, "",
        "the bucket locks every object by default, even session records: backups work, but gc frees less and later; set object_lock and "
        "lock_days here, and remove the default of the bucket"};
  if (options.locks() && lock.enabled)
    return {State::ok, "",
            options.lock_mode + ": a backup can't be deleted for " + std::to_string(options.lock_time.count()) + " days from its commit"};
  if (options.locks()) return {State::missing, "", "the bucket does not lock objects: use a new bucket with Object Lock"};
  if (lock.enabled) return {State::warning, "", "the bucket could lock objects, but object_lock is not set: backups can be deleted"};
  return {State::warning, "", "backups can be deleted with these keys"};
}

}  // namespace

TimePoint new_lock_end(const S3Client& client) {
  return std::chrono::ceil<std::chrono::seconds>(client.server_now() + 2 * client.options().lock_time + kMargin);
}

void require_locks(S3Client& client) {
  if (bucket_lock(client).enabled) return;
  throw Error(ErrorCode::unsupported,
              "can't lock objects in " + client.options().uri() +
                  ": its bucket was made without Object Lock; use one that has it, or drop object_lock and lock_days");
}

void renew_lock(S3Objects& objects, const std::string& key) {
  const S3Options& options = objects.options();
  if (!options.locks()) return;
  Retry retry = objects.client()->begin();
  const auto found = objects.find(key, retry);
  if (!found) throw Error(ErrorCode::not_found, "can't lock " + objects.shown(key) + ": there is no such object");
  if (found->retained_until && *found->retained_until >= objects.client()->server_now() + options.lock_time + kMargin) return;
  const std::string document = retention_document(options.lock_mode, new_lock_end(*objects.client()));
  S3Request request{.method = "PUT",
                    .key = key,
                    .query = {{"retention", ""}},
                    .headers = {{"content-type", "application/xml"}},
                    .body = as_bytes(document)};
  if (!found->version.empty()) request.query["versionId"] = found->version;
  const S3Reply reply = objects.client()->send(request, retry);
  if (!reply.ok()) throw reply.error("extend the lock of " + objects.shown(key));
}

Error locked_error(const S3Objects& objects, const std::string& key, TimePoint until) {
  return {ErrorCode::permission_denied, "can't remove " + objects.shown(key) + ": " + lock_text(until)};
}

std::vector<Finding> diagnose_protection(S3Objects& objects, Trials trials) {
  S3Client& client = *objects.client();
  std::vector<Finding> findings = {finding("versions", [&] { return find_versioning(client); }),
                                   finding("lock", [&] { return find_lock(client); })};
  if (trials == Trials::allowed && client.options().locks() && findings.back().state != State::missing)
    findings.push_back(finding("lock, tried", [&] { return try_lock(objects); }));
  return findings;
}

}  // namespace holdfast
