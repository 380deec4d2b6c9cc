#include "storage/gcs/gcs_storage.hpp"

#include "base/json_writer.hpp"
#include "storage/gcs/gcs_objects.hpp"
#include "storage/gcs/gcs_writer.hpp"
#include "storage/http/bucket_storage.hpp"
#include "storage/http/ranged_reader.hpp"
#include "storage/http/url.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

class GcsMedia final : public RangedObject {
 public:
  GcsMedia(std::shared_ptr<GcsObjects> objects, std::string key) : objects_(std::move(objects)), key_(std::move(key)) {}

  std::string shown() const override { return objects_->shown(key_); }
  Retry begin() const override { return objects_->client().begin(); }

  HttpReply open(const std::string& range, Retry& retry) override {
    std::map<std::string, std::string> query = {{"alt", "media"}};
    if (!generation_.empty()) query["generation"] = generation_;
    GcsRequest request{.target = objects_->client().object_path(key_) + "?" + canonical_query(query), .about = shown()};
    if (!range.empty()) request.headers.emplace_back("range", range);
    GcsReply reply = objects_->client().open(request, retry);
    if (reply.ok()) {
      generation_ = reply.header("x-goog-generation");
    } else if (reply.status == 404 && !generation_.empty()) {
      throw Error(ErrorCode::not_found, "can't read " + shown() + ": it was removed or replaced while it was read");
    } else if (reply.status != 416) {
      throw reply.error("read " + shown());
    }
    return reply;
  }

  bool exists() override {
    Retry retry = begin();
    return objects_->find(key_, retry).has_value();
  }

 private:
  std::shared_ptr<GcsObjects> objects_;
  std::string key_, generation_;
};

class GcsStorage final : public BucketStorage {
 public:
  GcsStorage(const GcsOptions& options, const HttpWorld& world) : objects_(std::make_shared<GcsObjects>(options, world)) {}

  std::string uri() const override { return options().uri(); }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = true}; }

 private:
  const GcsOptions& options() const noexcept { return objects_->options(); }
  std::string key_of(std::string_view name) const override {
    check_object_name(name);
    return options().prefix + std::string(name);
  }
  const std::string& key_prefix() const override { return options().prefix; }
  std::string shown(const std::string& key) const override { return objects_->shown(key); }
  Retry begin() const override { return objects_->client().begin(); }

  std::uint64_t largest_put() const override { return options().chunk_size; }
  PutResult put(const std::string& key, ByteView bytes) override { return objects_->put(key, bytes); }
  std::unique_ptr<Writer> writer(const std::string& key) override { return std::make_unique<GcsWriter>(objects_, key); }
  std::unique_ptr<Reader> reader(const std::string& key, std::uint64_t offset, std::uint64_t length) override {
    return open_ranged_reader(std::make_unique<GcsMedia>(objects_, key), offset, length);
  }
  std::optional<ObjectInfo> find(const std::string& key, Retry& retry) override {
    auto found = objects_->find(key, retry);
    return found ? std::optional(std::move(found->info)) : std::nullopt;
  }
  bool remove_found(const std::string& key, Retry& retry) override;
  ObjectPage page(const std::string& prefix, const std::string& token, Retry& retry) override;
  std::optional<Error> missing_bucket() override;
  bool make_bucket() override;

  std::shared_ptr<GcsObjects> objects_;
};

ObjectPage GcsStorage::page(const std::string& prefix, const std::string& token, Retry& retry) {
  std::map<std::string, std::string> query = {{"fields", kGcsPageFields}, {"maxResults", "1000"}, {"prefix", prefix}};
  if (!token.empty()) query["pageToken"] = token;
  const GcsRequest request{.target = objects_->client().object_path({}) + "?" + canonical_query(query), .about = uri()};
  const GcsReply reply = objects_->client().send(request, retry);
  if (!reply.ok()) throw reply.error("list " + uri());
  return parsed_page(reply.body, parse_gcs_page);
}

bool GcsStorage::remove_found(const std::string& key, Retry& retry) {
  // Names the version: a repeated request must not remove a later object of the same name.
  const auto found = objects_->find(key, retry);
  if (found) objects_->remove(*found, retry);
  return found.has_value();
}

std::optional<Error> GcsStorage::missing_bucket() {
  const std::string query = canonical_query({{"fields", "kind"}, {"maxResults", "1"}, {"prefix", options().prefix}});
  const GcsRequest request{.target = objects_->client().object_path({}) + "?" + query, .about = uri()};
  Retry retry = begin();
  const GcsReply reply = objects_->client().send(request, retry);
  if (reply.ok()) return std::nullopt;
  if (reply.status == 404) return Error(ErrorCode::not_found, "can't open " + uri() + ": the bucket does not exist");
  throw reply.error("open " + uri());
}

bool GcsStorage::make_bucket() {
  if (options().project.empty())
    throw Error(ErrorCode::invalid_argument,
                "can't make the bucket of " + uri() + ": it does not exist; give the option project to create it");
  JsonWriter bucket;
  bucket.begin_object();
  bucket.member("name", options().bucket);
  bucket.key("iamConfiguration");
  bucket.begin_object();
  bucket.key("uniformBucketLevelAccess");
  bucket.begin_object();
  bucket.member("enabled", true);
  bucket.end_object();
  bucket.end_object();
  if (!options().location.empty()) bucket.member("location", options().location);
  bucket.end_object();
  Retry retry = begin();
  const GcsReply reply = objects_->client().send({.method = "POST",
                                                  .target = "/storage/v1/b?" + canonical_query({{"project", options().project}}),
                                                  .about = uri(),
                                                  .headers = {{"content-type", "application/json; charset=UTF-8"}},
                                                  .body = as_bytes(bucket.text())},
                                                 retry);
  if (!reply.ok() && reply.status != 409) throw reply.error("make the bucket of " + uri());
  return reply.ok();
}

}  // namespace

std::shared_ptr<Storage> gcs_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world) {
  auto storage = std::make_shared<GcsStorage>(parse_gcs_options(uri, options), world);
  storage->check_bucket(if_missing);
  return storage;
}

}  // namespace holdfast
