#include "storage/s3/s3_storage.hpp"

#include "holdfast/locks.hpp"
#include "storage/ability_witness.hpp"
#include "storage/http/object_listing.hpp"
#include "storage/http/put_through.hpp"
#include "storage/object_name.hpp"
#include "storage/s3/s3_lock.hpp"
#include "storage/s3/s3_objects.hpp"
#include "storage/s3/s3_past.hpp"
#include "storage/s3/s3_reader.hpp"
#include "storage/s3/s3_writer.hpp"
#include "storage/self_diagnosing.hpp"

namespace holdfast {

namespace {

class S3Storage final : public Storage, public Lockable, public SelfDiagnosing {
 public:
  S3Storage(const S3Options& options, const HttpWorld& world) : objects_(std::make_shared<S3Objects>(options, world)) {}

  std::string uri() const override { return options().uri(); }
  StorageCaps caps() const override;

  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override { return open_s3_writer(objects_, key_of(name)); }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return open_s3_reader(objects_, key_of(name), offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;
  bool locks() const override { return options().locks(); }
  std::optional<TimePoint> locked_until(std::string_view name) override;
  void renew_lock(std::string_view name) override { holdfast::renew_lock(*objects_, key_of(name)); }
  std::vector<Finding> diagnose(Trials trials) override { return diagnose_protection(*objects_, trials); }

  void check_bucket(IfMissing if_missing);

 private:
  const S3Options& options() const noexcept { return objects_->options(); }
  void witness() const noexcept {
    AbilityWitness::called(*this, Ability::diagnosing);
    if (locks()) AbilityWitness::called(*this, Ability::locking);
  }
  /// Begins every call on an object.
  std::string key_of(std::string_view name) const {
    witness();
    check_object_name(name);
    return options().prefix + std::string(name);
  }
  ObjectPage list_page(const std::string& prefix, const std::string& token);
  void make_bucket();

  std::shared_ptr<S3Objects> objects_;
};

StorageCaps S3Storage::caps() const {
  bool atomic = false;
  try {
    atomic = objects_->put_is_create_only();
  } catch (const Error&) {  // keys without write permission can't find it out
  }
  return {.atomic_create = atomic, .durable = true};
}

PutResult S3Storage::put_new(std::string_view name, ByteView bytes) {
  const std::string key = key_of(name);
  // A larger object is uploaded in parts, several at a time; each part is retried on its own.
  if (bytes.size() <= options().part_size * 8) return objects_->put(key, bytes);
  return put_through(*open_s3_writer(objects_, key), bytes);
}

std::optional<ObjectInfo> S3Storage::stat(std::string_view name) {
  Retry retry = objects_->client()->begin();
  auto found = objects_->find(key_of(name), retry);
  if (!found) return std::nullopt;
  found->info.name = name;
  return std::move(found->info);
}

ObjectPage S3Storage::list_page(const std::string& prefix, const std::string& token) {
  S3Request request{.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", "1000"}, {"prefix", prefix}}};
  if (!token.empty()) request.query["continuation-token"] = token;
  Retry retry = objects_->client()->begin();
  for (;;) {
    const S3Reply reply = objects_->client()->send(request, retry);
    if (!reply.ok()) throw reply.error("list " + uri());
    try {
      return parse_page(reply.body);
    } catch (const Error& error) {
      if (!error.retryable() || !retry.again()) throw error.with_context("can't list " + uri());
    }
  }
}

void S3Storage::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  witness();
  const auto fetch = [this](const std::string& full, const std::string& token) { return list_page(full, token); };
  visit_pages({uri(), options().prefix, std::string(prefix)}, fetch, visit);
}

void S3Storage::remove(std::string_view name) {
  const std::string key = key_of(name);
  Retry retry = objects_->client()->begin();
  // The server also confirms the removal of a missing object. With versions, it confirms that of a locked object, too:
  // it puts a marker that hides it.
  const auto found = objects_->find(key, retry);
  if (!found) throw Error(ErrorCode::not_found, "can't remove " + objects_->shown(key) + ": there is no such object");
  if (const auto until = found->locked_until()) throw locked_error(*objects_, key, *until);
  S3Request request{.method = "DELETE", .key = key};
  // Name the version that was examined: it is then removed for good, or the server refuses because somebody has just
  // locked it.
  if (options().locks() && !found->version.empty()) request.query["versionId"] = found->version;
  const S3Reply reply = objects_->client()->send(request, retry);
  if (!reply.ok() && reply.status != 404) throw reply.error("remove " + objects_->shown(key));
}

std::optional<TimePoint> S3Storage::locked_until(std::string_view name) {
  const std::string key = key_of(name);
  Retry retry = objects_->client()->begin();
  const auto found = objects_->find(key, retry);
  if (!found) throw Error(ErrorCode::not_found, "can't look for the lock of " + objects_->shown(key) + ": there is no such object");
  return found->locked_until();
}

void S3Storage::check_bucket(IfMissing if_missing) {
  S3Request request{.query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", options().prefix}}};
  Retry retry = objects_->client()->begin();
  const S3Reply reply = objects_->client()->send(request, retry);
  if (!reply.ok()) {
    if (reply.fault.code != "NoSuchBucket" || if_missing == IfMissing::fail) throw reply.error("open " + uri());
    make_bucket();
  }
  if (options().locks()) require_locks(*objects_->client());
}

void S3Storage::make_bucket() {
  const bool elsewhere = options().region != "us-east-1";
  const std::string where = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>" +
                            options().region + "</LocationConstraint></CreateBucketConfiguration>";
  Retry retry = objects_->client()->begin();
  S3Request request{.method = "PUT", .headers = {}, .body = elsewhere ? as_bytes(where) : ByteView()};
  if (options().locks()) request.headers.emplace_back("x-amz-bucket-object-lock-enabled", "true");  // this also enables versions
  const S3Reply reply = objects_->client()->send(request, retry);
  if (!reply.ok() && reply.fault.code != "BucketAlreadyOwnedByYou") throw reply.error("make the bucket of " + uri());
}

}  // namespace

std::shared_ptr<Storage> s3_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world) {
  const S3Options parsed = parse_s3_options(uri, options);
  if (parsed.as_of) return s3_past(parsed, world);
  auto storage = std::make_shared<S3Storage>(parsed, world);
  storage->check_bucket(if_missing);
  return storage;
}

}  // namespace holdfast
