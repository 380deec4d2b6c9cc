#include "storage/azure/azure_blobs.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "storage/azure/blob_name.hpp"
#include "storage/http/create_object.hpp"
#include "storage/http/object_head.hpp"
#include "storage/http/write_mark.hpp"

namespace holdfast {

namespace {

constexpr const char* kMarkHeader = "x-ms-meta-holdfast_write";
constexpr std::size_t kNumberDigits = 5;

/// Returns whether this may mean that the name is taken, perhaps by an earlier attempt of this call.
bool may_be_taken(const AzureReply& reply) {
  const std::string_view code = reply.fault.code;
  return reply.status == 412 || (reply.status == 409 && code.empty()) || code == "BlobAlreadyExists" ||
         code == "UnauthorizedBlobOverwrite" ||  // for a signature that may create but not overwrite
         code == "BlobImmutableDueToPolicy" || code == "BlobArchived" || code == "InvalidBlockList";
}

/// All block ids of a blob must have the same length.
std::string block_id(const std::string& mark, unsigned number) {
  std::string digits = std::to_string(number);
  digits.insert(0, kNumberDigits - std::min(digits.size(), kNumberDigits), '0');
  return to_base64(as_bytes(mark + digits));
}

}  // namespace

AzureBlobs::AzureBlobs(const AzureOptions& options, const HttpWorld& world)
    : client_(std::make_shared<AzureClient>(options, world)),
      memory_(std::make_shared<MemoryBudget>(options.memory)),
      base_(blob_name_of(options.prefix)) {}

std::string AzureBlobs::shown(const std::string& blob) const {
  return "'" + name_of_blob(blob.substr(base_.size())) + "' in " + options().uri();
}

std::optional<FoundBlob> AzureBlobs::find(const std::string& blob, Retry& retry) {
  const AzureReply reply = client_->send({.method = "HEAD", .blob = blob}, retry);
  if (reply.status == 404 && reply.fault.code == "BlobNotFound") return std::nullopt;
  if (!reply.ok()) throw reply.error("look for " + shown(blob));
  auto info = object_of_head(reply, blob);
  if (!info) throw Error(ErrorCode::network, "can't look for " + shown(blob) + ": the server does not say its size and time", true);
  return FoundBlob{.info = *std::move(info), .mark = std::string(reply.header(kMarkHeader))};
}

/// Returns who stored the blob that now has that name. Returns null if there is none.
std::optional<PutResult> AzureBlobs::resolve(const std::string& blob, const std::string& mark, Retry& retry) {
  const auto found = find(blob, retry);
  if (!found) return std::nullopt;
  return found->mark == mark ? PutResult::created : PutResult::already_exists;
}

/// Returns `created` if this call made the blob, even if the server's answer was lost.
PutResult AzureBlobs::create(AzureRequest request, const std::string& mark) {
  request.method = "PUT";
  request.look_first = true;
  request.headers.emplace_back("if-none-match", "*");
  request.headers.emplace_back(kMarkHeader, mark);
  if (!options().access_tier.empty()) request.headers.emplace_back("x-ms-access-tier", options().access_tier);
  const std::string what = "store " + shown(request.blob);
  Retry retry = client_->begin();
  const auto outcome = [&](const AzureReply& reply) -> std::optional<PutResult> {
    if (reply.ok()) return PutResult::created;
    if (!may_be_taken(reply)) throw reply.error(what);
    const auto result = resolve(request.blob, mark, retry);
    // The blob was there and was removed since. Creating a blob drops the uncommitted blocks of all other writers of
    // its name.
    if (!result && reply.fault.code == "InvalidBlockList")
      throw Error(ErrorCode::conflict, "can't " + what + ": the server dropped its blocks because another was stored under that name",
                  true);
    return result;
  };
  const auto look = [&] {
    Retry short_retry = client_->begin_short();
    return resolve(request.blob, mark, short_retry);
  };
  return create_object(
      what, retry, [&] { return client_->send(request, retry); }, outcome, look);
}

PutResult AzureBlobs::put(const std::string& blob, ByteView bytes) {
  return create({.blob = blob,
                 .query = {},
                 .headers = {{"x-ms-blob-type", "BlockBlob"}, {"content-type", "application/octet-stream"}},
                 .body = bytes},
                new_write_mark(client_->random()));
}

PutResult AzureBlobs::put_block_list(const std::string& blob, const std::vector<std::string>& ids, const std::string& mark) {
  const std::string document = block_list_document(ids);
  return create({.blob = blob,
                 .query = {{"comp", "blocklist"}},
                 .headers = {{"x-ms-blob-content-type", "application/octet-stream"}, {"content-type", "application/xml"}},
                 .body = as_bytes(document)},
                mark);
}

std::string AzureBlobs::put_block(const std::string& blob, unsigned number, ByteView bytes, const std::string& mark,
                                  const std::stop_token& stop) {
  Retry retry = client_->begin(stop);
  std::string id = block_id(mark, number);
  const AzureReply reply = client_->send({.method = "PUT",
                                          .blob = blob,
                                          .query = {{"blockid", id}, {"comp", "block"}},
                                          .headers = {{"content-type", "application/octet-stream"}},
                                          .body = bytes},
                                         retry);
  if (!reply.ok()) throw reply.error("store part " + std::to_string(number) + " of " + shown(blob));
  return id;
}

}  // namespace holdfast
