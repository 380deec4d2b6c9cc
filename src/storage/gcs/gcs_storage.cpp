#include "storage/gcs/gcs_storage.hpp"

#include <nlohmann/json.hpp>

#include "storage/gcs/gcs_objects.hpp"
#include "storage/gcs/gcs_writer.hpp"
#include "storage/http/put_through.hpp"
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

class GcsStorage final : public Storage {
 public:
  GcsStorage(const GcsOptions& options, const HttpWorld& world) : objects_(std::make_shared<GcsObjects>(options, world)) {}

  std::string uri() const override { return options().uri(); }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = true}; }

  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override { return std::make_unique<GcsWriter>(objects_, key_of(name)); }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return open_ranged_reader(std::make_unique<GcsMedia>(objects_, key_of(name)), offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;

  void check_bucket(IfMissing if_missing);

 private:
  const GcsOptions& options() const noexcept { return objects_->options(); }
  std::string key_of(std::string_view name) const {
    check_object_name(name);
    return options().prefix + std::string(name);
  }
  ObjectPage list_page(const std::string& prefix, const std::string& token);
  bool make_bucket();

  std::shared_ptr<GcsObjects> objects_;
};

PutResult GcsStorage::put_new(std::string_view name, ByteView bytes) {
  const std::string key = key_of(name);
  if (bytes.size() <= options().chunk_size) return objects_->put(key, bytes);
  GcsWriter writer(objects_, key);
  return put_through(writer, bytes);
}

std::optional<ObjectInfo> GcsStorage::stat(std::string_view name) {
  Retry retry = objects_->client().begin();
  auto found = objects_->find(key_of(name), retry);
  if (!found) return std::nullopt;
  found->info.name = name;
  return std::move(found->info);
}

ObjectPage GcsStorage::list_page(const std::string& prefix, const std::string& token) {
  std::map<std::string, std::string> query = {{"fields", kGcsPageFields}, {"maxResults", "1000"}, {"prefix", prefix}};
  if (!token.empty()) query["pageToken"] = token;
  const GcsRequest request{.target = objects_->client().object_path({}) + "?" + canonical_query(query), .about = uri()};
  Retry retry = objects_->client().begin();
  for (;;) {
    const GcsReply reply = objects_->client().send(request, retry);
    if (!reply.ok()) throw reply.error("list " + uri());
    try {
      return parse_gcs_page(reply.body);
    } catch (const Error& error) {
      if (!error.retryable() || !retry.again()) throw error.with_context("can't list " + uri());
    }
  }
}

void GcsStorage::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  const auto fetch = [this](const std::string& full, const std::string& token) { return list_page(full, token); };
  visit_pages({uri(), options().prefix, std::string(prefix)}, fetch, visit);
}

void GcsStorage::remove(std::string_view name) {
  const std::string key = key_of(name);
  Retry retry = objects_->client().begin();
  // Name the version: a repeated request must not remove a later object of the same name.
  const auto found = objects_->find(key, retry);
  if (!found) throw Error(ErrorCode::not_found, "can't remove " + objects_->shown(key) + ": there is no such object");
  objects_->remove(*found, retry);
}

void GcsStorage::check_bucket(IfMissing if_missing) {
  const std::string query = canonical_query({{"fields", "kind"}, {"maxResults", "1"}, {"prefix", options().prefix}});
  const GcsRequest request{.target = objects_->client().object_path({}) + "?" + query, .about = uri()};
  Retry retry = objects_->client().begin();
  GcsReply reply = objects_->client().send(request, retry);
  if (reply.status == 404 && if_missing == IfMissing::create) {
    if (make_bucket()) return;
    reply = objects_->client().send(request, retry);
  }
  if (reply.status == 404) throw Error(ErrorCode::not_found, "can't open " + uri() + ": the bucket does not exist");
  if (!reply.ok()) throw reply.error("open " + uri());
}

/// Returns false if the name is taken: by our earlier attempt, or by somebody else.
bool GcsStorage::make_bucket() {
  if (options().project.empty())
    throw Error(ErrorCode::invalid_argument,
                "can't make the bucket of " + uri() + ": it does not exist; give the option project to create it");
  nlohmann::json bucket = {{"name", options().bucket}, {"iamConfiguration", {{"uniformBucketLevelAccess", {{"enabled", true}}}}}};
  if (!options().location.empty()) bucket["location"] = options().location;
  const std::string body = bucket.dump();
  Retry retry = objects_->client().begin();
  const GcsReply reply = objects_->client().send({.method = "POST",
                                                  .target = "/storage/v1/b?" + canonical_query({{"project", options().project}}),
                                                  .about = uri(),
                                                  .headers = {{"content-type", "application/json; charset=UTF-8"}},
                                                  .body = as_bytes(body)},
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
