#include "storage/s3/s3_storage.hpp"

#include "holdfast/locks.hpp"
#include "storage/ability_witness.hpp"
#include "storage/http/bucket_storage.hpp"
#include "storage/object_name.hpp"
#include "storage/s3/s3_lock.hpp"
#include "storage/s3/s3_objects.hpp"
#include "storage/s3/s3_past.hpp"
#include "storage/s3/s3_reader.hpp"
#include "storage/s3/s3_writer.hpp"
#include "storage/self_diagnosing.hpp"

namespace holdfast {

namespace {

class S3Storage final : public BucketStorage, public Lockable, public SelfDiagnosing {
 public:
  S3Storage(const S3Options& options, const HttpWorld& world) : objects_(std::make_shared<S3Objects>(options, world)) {}

  std::string uri() const override { return options().uri(); }
  StorageCaps caps() const override;

  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    witness();
    BucketStorage::list(prefix, visit);
  }
  bool locks() const override { return options().locks(); }
  std::optional<TimePoint> locked_until(std::string_view name) override;
  void renew_lock(std::string_view name) override { holdfast::renew_lock(*objects_, key_of(name)); }
  std::vector<Finding> diagnose(Trials trials) override { return diagnose_protection(*objects_, trials); }
  void require_locks_if_wanted() const {
    if (options().locks()) require_locks(*objects_->client());
  }

 private:
  const S3Options& options() const noexcept { return objects_->options(); }
  void witness() const noexcept {
    AbilityWitness::called(*this, Ability::diagnosing);
    if (locks()) AbilityWitness::called(*this, Ability::locking);
  }
  std::string key_of(std::string_view name) const override {
    witness();
    check_object_name(name);
    return options().prefix + std::string(name);
  }
  const std::string& key_prefix() const override { return options().prefix; }
  std::string shown(const std::string& key) const override { return objects_->shown(key); }
  Retry begin() const override { return objects_->client()->begin(); }

  std::uint64_t largest_put() const override { return options().part_size * 8; }
  PutResult put(const std::string& key, ByteView bytes) override { return objects_->put(key, bytes); }
  std::unique_ptr<Writer> writer(const std::string& key) override { return open_s3_writer(objects_, key); }
  std::unique_ptr<Reader> reader(const std::string& key, std::uint64_t offset, std::uint64_t length) override {
    return open_s3_reader(objects_, key, offset, length);
  }
  std::optional<ObjectInfo> find(const std::string& key, Retry& retry) override {
    auto found = objects_->find(key, retry);
    return found ? std::optional(std::move(found->info)) : std::nullopt;
  }
  bool remove_found(const std::string& key, Retry& retry) override;
  ObjectPage page(const std::string& prefix, const std::string& token, Retry& retry) override;
  std::optional<Error> missing_bucket() override;
  bool make_bucket() override;

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

ObjectPage S3Storage::page(const std::string& prefix, const std::string& token, Retry& retry) {
  S3Request request{.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", "1000"}, {"prefix", prefix}}};
  if (!token.empty()) request.query["continuation-token"] = token;
  const S3Reply reply = objects_->client()->send(request, retry);
  if (!reply.ok()) throw reply.error("list " + uri());
  return parsed_page(reply.body, parse_page);
}

bool S3Storage::remove_found(const std::string& key, Retry& retry) {
  // The server also confirms the removal of a missing object. With versions, it confirms that of a locked object, too:
  // it puts a marker that hides it.
  const auto found = objects_->find(key, retry);
  if (!found) return false;
  if (const auto until = found->locked_until()) throw locked_error(*objects_, key, *until);
  S3Request request{.method = "DELETE", .key = key};
  // Name the version that was examined: it is then removed for good, or the server refuses because somebody has just
  // locked it.
  if (options().locks() && !found->version.empty()) request.query["versionId"] = found->version;
  const S3Reply reply = objects_->client()->send(request, retry);
  if (!reply.ok() && reply.status != 404) throw reply.error("remove " + shown(key));
  return true;
}

std::optional<TimePoint> S3Storage::locked_until(std::string_view name) {
  const std::string key = key_of(name);
  Retry retry = begin();
  const auto found = objects_->find(key, retry);
  if (!found) throw Error(ErrorCode::not_found, "can't look for the lock of " + shown(key) + ": there is no such object");
  return found->locked_until();
}

std::optional<Error> S3Storage::missing_bucket() {
  S3Request request{.query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", options().prefix}}};
  Retry retry = begin();
  const S3Reply reply = objects_->client()->send(request, retry);
  if (reply.ok()) return std::nullopt;
  if (reply.fault.code == "NoSuchBucket") return reply.error("open " + uri());
  throw reply.error("open " + uri());
}

bool S3Storage::make_bucket() {
  const bool elsewhere = options().region != "us-east-1";
  const std::string where = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>" +
                            options().region + "</LocationConstraint></CreateBucketConfiguration>";
  Retry retry = begin();
  S3Request request{.method = "PUT", .headers = {}, .body = elsewhere ? as_bytes(where) : ByteView()};
  if (options().locks()) request.headers.emplace_back("x-amz-bucket-object-lock-enabled", "true");  // this also enables versions
  const S3Reply reply = objects_->client()->send(request, retry);
  if (!reply.ok() && reply.fault.code != "BucketAlreadyOwnedByYou") throw reply.error("make the bucket of " + uri());
  return true;
}

}  // namespace

std::shared_ptr<Storage> s3_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world) {
  const S3Options parsed = parse_s3_options(uri, options);
  if (parsed.as_of) return s3_past(parsed, world);
  auto storage = std::make_shared<S3Storage>(parsed, world);
  storage->check_bucket(if_missing);
  storage->require_locks_if_wanted();
  return storage;
}

}  // namespace holdfast
