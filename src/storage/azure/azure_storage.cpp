#include "storage/azure/azure_storage.hpp"

#include <map>

#include "storage/azure/azure_blobs.hpp"
#include "storage/azure/azure_writer.hpp"
#include "storage/azure/blob_name.hpp"
#include "storage/http/bucket_storage.hpp"
#include "storage/http/ranged_reader.hpp"

namespace holdfast {

namespace {

class AzureObject final : public RangedObject {
 public:
  AzureObject(std::shared_ptr<AzureBlobs> blobs, std::string blob) : blobs_(std::move(blobs)), blob_(std::move(blob)) {}

  std::string shown() const override { return blobs_->shown(blob_); }
  Retry begin() const override { return blobs_->client()->begin(); }

  HttpReply open(const std::string& range, Retry& retry) override {
    AzureRequest request{.blob = blob_};
    if (!range.empty()) request.headers.emplace_back("x-ms-range", range);
    if (!etag_.empty()) request.headers.emplace_back("if-match", etag_);
    AzureReply reply = blobs_->client()->open(request, retry);
    // Azurite's form of Azure's 416: the blob has no bytes in this range.
    if (reply.status == 206 && reply.header("content-length") == "0") reply.status = 416;
    if (reply.ok()) etag_ = reply.header("etag");
    if (!reply.ok() && reply.status != 412 && reply.status != 416) throw reply.error("read " + shown());
    return reply;
  }

  bool exists() override {
    Retry retry = begin();
    return blobs_->find(blob_, retry).has_value();
  }

 private:
  std::shared_ptr<AzureBlobs> blobs_;
  std::string blob_, etag_;
};

class AzureStorage final : public BucketStorage {
 public:
  AzureStorage(const AzureOptions& options, const HttpWorld& world) : blobs_(std::make_shared<AzureBlobs>(options, world)) {}

  std::string uri() const override { return options().uri(); }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = true}; }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;

 private:
  const AzureOptions& options() const noexcept { return blobs_->options(); }
  std::string key_of(std::string_view name) const override {
    check_object_name(name);
    return blobs_->base() + blob_name_of(name);
  }
  const std::string& key_prefix() const override { return blobs_->base(); }
  std::string shown(const std::string& blob) const override { return blobs_->shown(blob); }
  Retry begin() const override { return blobs_->client()->begin(); }

  std::uint64_t largest_put() const override { return options().part_size * 8; }
  PutResult put(const std::string& blob, ByteView bytes) override { return blobs_->put(blob, bytes); }
  std::unique_ptr<Writer> writer(const std::string& blob) override { return open_azure_writer(blobs_, blob); }
  std::unique_ptr<Reader> reader(const std::string& blob, std::uint64_t offset, std::uint64_t length) override {
    return open_ranged_reader(std::make_unique<AzureObject>(blobs_, blob), offset, length);
  }
  std::optional<ObjectInfo> find(const std::string& blob, Retry& retry) override {
    auto found = blobs_->find(blob, retry);
    return found ? std::optional(std::move(found->info)) : std::nullopt;
  }
  bool remove_found(const std::string& blob, Retry& retry) override;
  ObjectPage page(const std::string& prefix, const std::string& marker, Retry& retry) override;
  std::optional<Error> missing_bucket() override;
  bool make_bucket() override;

  static AzureRequest list_request(const std::string& prefix, unsigned most) {
    return {.query = {{"restype", "container"}, {"comp", "list"}, {"maxresults", std::to_string(most)}, {"prefix", prefix}}};
  }

  std::shared_ptr<AzureBlobs> blobs_;
};

ObjectPage AzureStorage::page(const std::string& prefix, const std::string& marker, Retry& retry) {
  AzureRequest request = list_request(prefix, 1000);
  if (!marker.empty()) request.query["marker"] = marker;
  const AzureReply reply = blobs_->client()->send(request, retry);
  if (!reply.ok()) throw reply.error("list " + uri());
  return parsed_page(reply.body, parse_azure_page);
}

void AzureStorage::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  // Dots at the end of the prefix may be in the middle of a part of a name.
  const std::string_view asked = prefix.substr(0, prefix.find_last_not_of('.') + 1);
  // An escaped name comes too early: hold it until no name that sorts before it can follow.
  std::map<std::string, ObjectInfo> held;
  bool go_on = true;
  const auto pass_on = [&](const std::function<bool(const std::string&)>& is_due) {
    while (go_on && !held.empty() && is_due(held.begin()->first)) {
      ObjectInfo info = std::move(held.begin()->second);
      info.name = held.begin()->first;
      held.erase(held.begin());
      go_on = !info.name.starts_with(prefix) || visit(info);
    }
    return go_on;
  };
  visit_keys(blob_name_of(asked), [&](const ObjectInfo& blob) {
    held.emplace(name_of_blob(blob.name), blob);
    return pass_on([&](const std::string& name) { return name <= blob.name; });
  });
  pass_on([](const std::string&) { return true; });
}

bool AzureStorage::remove_found(const std::string& blob, Retry& retry) {
  if (!blobs_->find(blob, retry)) return false;
  const AzureReply reply = blobs_->client()->send({.method = "DELETE", .blob = blob}, retry);
  // It was there: an earlier attempt, whose answer was lost, or somebody else has just removed it.
  const bool gone = reply.status == 404 && reply.fault.code == "BlobNotFound";
  if (!reply.ok() && !gone) throw reply.error("remove " + shown(blob));
  return true;
}

std::optional<Error> AzureStorage::missing_bucket() {
  Retry retry = begin();
  const AzureReply reply = blobs_->client()->send(list_request(blobs_->base(), 1), retry);
  if (reply.ok()) return std::nullopt;
  if (reply.fault.code == "ContainerNotFound") return reply.error("open " + uri());
  throw reply.error("open " + uri());
}

bool AzureStorage::make_bucket() {
  Retry retry = begin();
  const AzureReply reply = blobs_->client()->send({.method = "PUT", .query = {{"restype", "container"}}}, retry);
  if (!reply.ok() && reply.fault.code != "ContainerAlreadyExists") throw reply.error("make the container of " + uri());
  return true;
}

}  // namespace

std::shared_ptr<Storage> azure_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world) {
  auto storage = std::make_shared<AzureStorage>(parse_azure_options(uri, options), world);
  storage->check_bucket(if_missing);
  return storage;
}

}  // namespace holdfast
