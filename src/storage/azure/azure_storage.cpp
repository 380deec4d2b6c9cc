#include "storage/azure/azure_storage.hpp"

#include <map>

#include "storage/azure/azure_blobs.hpp"
#include "storage/azure/azure_writer.hpp"
#include "storage/azure/blob_name.hpp"
#include "storage/http/object_listing.hpp"
#include "storage/http/put_through.hpp"
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

class AzureStorage final : public Storage {
 public:
  AzureStorage(const AzureOptions& options, const HttpWorld& world) : blobs_(std::make_shared<AzureBlobs>(options, world)) {}

  std::string uri() const override { return options().uri(); }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = true}; }

  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override { return open_azure_writer(blobs_, blob_of(name)); }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return open_ranged_reader(std::make_unique<AzureObject>(blobs_, blob_of(name)), offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;

  void check_container(IfMissing if_missing);

 private:
  const AzureOptions& options() const noexcept { return blobs_->options(); }
  std::string blob_of(std::string_view name) const {
    check_object_name(name);
    return blobs_->base() + blob_name_of(name);
  }
  static AzureRequest list_request(const std::string& prefix, unsigned most) {
    return {.query = {{"restype", "container"}, {"comp", "list"}, {"maxresults", std::to_string(most)}, {"prefix", prefix}}};
  }
  ObjectPage list_page(const std::string& prefix, const std::string& marker);
  void make_container();

  std::shared_ptr<AzureBlobs> blobs_;
};

PutResult AzureStorage::put_new(std::string_view name, ByteView bytes) {
  const std::string blob = blob_of(name);
  // A larger object is uploaded in parts, several at a time; each part is retried on its own.
  if (bytes.size() <= options().part_size * 8) return blobs_->put(blob, bytes);
  return put_through(*open_azure_writer(blobs_, blob), bytes);
}

std::optional<ObjectInfo> AzureStorage::stat(std::string_view name) {
  Retry retry = blobs_->client()->begin();
  auto found = blobs_->find(blob_of(name), retry);
  if (!found) return std::nullopt;
  found->info.name = name;
  return std::move(found->info);
}

ObjectPage AzureStorage::list_page(const std::string& prefix, const std::string& marker) {
  AzureRequest request = list_request(prefix, 1000);
  if (!marker.empty()) request.query["marker"] = marker;
  Retry retry = blobs_->client()->begin();
  for (;;) {
    const AzureReply reply = blobs_->client()->send(request, retry);
    if (!reply.ok()) throw reply.error("list " + uri());
    try {
      return parse_azure_page(reply.body);
    } catch (const Error& error) {
      if (!error.retryable() || !retry.again()) throw error.with_context("can't list " + uri());
    }
  }
}

void AzureStorage::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  const auto fetch = [this](const std::string& full, const std::string& marker) { return list_page(full, marker); };
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
  visit_pages({uri(), blobs_->base(), blob_name_of(asked)}, fetch, [&](const ObjectInfo& blob) {
    held.emplace(name_of_blob(blob.name), blob);
    return pass_on([&](const std::string& name) { return name <= blob.name; });
  });
  pass_on([](const std::string&) { return true; });
}

void AzureStorage::remove(std::string_view name) {
  const std::string blob = blob_of(name);
  Retry retry = blobs_->client()->begin();
  if (!blobs_->find(blob, retry)) throw Error(ErrorCode::not_found, "can't remove " + blobs_->shown(blob) + ": there is no such object");
  const AzureReply reply = blobs_->client()->send({.method = "DELETE", .blob = blob}, retry);
  // It was there: an earlier attempt, whose answer was lost, or somebody else has just removed it.
  const bool gone = reply.status == 404 && reply.fault.code == "BlobNotFound";
  if (!reply.ok() && !gone) throw reply.error("remove " + blobs_->shown(blob));
}

void AzureStorage::check_container(IfMissing if_missing) {
  Retry retry = blobs_->client()->begin();
  const AzureReply reply = blobs_->client()->send(list_request(blobs_->base(), 1), retry);
  if (reply.ok()) return;
  if (reply.fault.code != "ContainerNotFound" || if_missing == IfMissing::fail) throw reply.error("open " + uri());
  make_container();
}

void AzureStorage::make_container() {
  Retry retry = blobs_->client()->begin();
  const AzureReply reply = blobs_->client()->send({.method = "PUT", .query = {{"restype", "container"}}}, retry);
  if (!reply.ok() && reply.fault.code != "ContainerAlreadyExists") throw reply.error("make the container of " + uri());
}

}  // namespace

std::shared_ptr<Storage> azure_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world) {
  auto storage = std::make_shared<AzureStorage>(parse_azure_options(uri, options), world);
  storage->check_container(if_missing);
  return storage;
}

}  // namespace holdfast
