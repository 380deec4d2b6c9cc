#include "storage/s3/s3_writer.hpp"

#include "storage/http/part_plan.hpp"
#include "storage/http/part_writer.hpp"
#include "storage/http/write_mark.hpp"

namespace holdfast {

namespace {

class S3Parts final : public PartedObject {
 public:
  S3Parts(std::shared_ptr<S3Objects> objects, std::string key)
      : objects_(std::move(objects)), key_(std::move(key)), mark_(new_write_mark(objects_->client()->random())) {}
  ~S3Parts() override { abort(); }

  std::string shown() const override { return objects_->shown(key_); }
  PutResult put(ByteView bytes) override { return objects_->put(key_, bytes); }
  void begin() override;
  std::string put_part(unsigned number, ByteView bytes, const std::stop_token& stop) override;
  PutResult complete(const std::vector<std::string>& names, std::uint64_t size) override;

 private:
  PutResult try_complete(const std::string& document, Retry& retry);
  std::optional<PutResult> resolve(Retry& retry);
  void abort() noexcept;
  [[noreturn]] void fail(ErrorCode code, const std::string& why, bool retryable = false) const;

  std::shared_ptr<S3Objects> objects_;
  std::string key_, mark_, upload_id_;
};

void S3Parts::fail(ErrorCode code, const std::string& why, bool retryable) const {
  throw Error(code, "can't store " + shown() + ": " + why, retryable);
}

void S3Parts::begin() {
  Retry retry = objects_->client()->begin();
  const S3Reply reply = objects_->client()->send(
      {.method = "POST", .key = key_, .query = {{"uploads", ""}}, .headers = objects_->object_headers(key_, mark_)}, retry);
  if (!reply.ok()) throw reply.error("store " + shown());
  upload_id_ = parse_upload_id(reply.body);
}

std::string S3Parts::put_part(unsigned number, ByteView bytes, const std::stop_token& stop) {
  Retry retry = objects_->client()->begin(stop);
  const std::string text = std::to_string(number);
  const S3Reply reply = objects_->client()->send(
      {.method = "PUT", .key = key_, .query = {{"partNumber", text}, {"uploadId", upload_id_}}, .headers = {}, .body = bytes}, retry);
  if (!reply.ok()) throw reply.error("store part " + text + " of '" + key_ + "'");
  std::string etag(reply.header("etag"));
  if (etag.empty())
    throw Error(ErrorCode::network, "can't store part " + text + " of '" + key_ + "': the server confirms it without an ETag", true);
  return etag;
}

PutResult S3Parts::complete(const std::vector<std::string>& names, std::uint64_t size) {
  std::vector<UploadedPart> parts;
  for (const std::string& etag : names) parts.push_back({static_cast<unsigned>(parts.size() + 1), etag});
  const std::string document = completion_document(parts);
  Retry retry = objects_->client()->begin();
  PutResult result{};
  try {
    result = try_complete(document, retry);
  } catch (const Error& error) {
    // The request may have arrived, and only the answers were lost.
    if (!error.retryable()) throw;
    Retry last_look = objects_->client()->begin_short();
    std::optional<PutResult> found;
    try {
      found = resolve(last_look);
    } catch (const Error&) {
    }
    if (found != PutResult::created) throw;
    result = PutResult::created;
  }
  if (result == PutResult::already_exists) return result;
  upload_id_.clear();
  const auto found = objects_->find(key_, retry);
  if (!found || found->mark != mark_ || found->info.size != size)
    fail(ErrorCode::network, "the server confirmed it, but it stored other bytes than were sent", true);
  return result;
}

std::optional<PutResult> S3Parts::resolve(Retry& retry) {
  const auto found = objects_->find(key_, retry);
  if (!found) return std::nullopt;
  return found->mark == mark_ ? PutResult::created : PutResult::already_exists;
}

PutResult S3Parts::try_complete(const std::string& document, Retry& retry) {
  S3Request request{.method = "POST",
                    .key = key_,
                    .query = {{"uploadId", upload_id_}},
                    .headers = {{"content-type", "application/xml"}},
                    .body = as_bytes(document)};
  const bool create_only = objects_->completion_is_create_only();
  if (create_only) request.headers.emplace_back("if-none-match", "*");
  for (;;) {
    if (!create_only) {
      if (const auto found = resolve(retry)) return *found;
    }
    const S3Reply reply = objects_->client()->send(request, retry);
    if (reply.ok()) {
      std::optional<S3Fault> fault;
      try {
        fault = parse_completion(reply.body);
        if (!fault) return PutResult::created;
      } catch (const Error&) {  // cut short: success or failure
      }
      if (const auto found = resolve(retry)) return *found;
      if (fault && !is_transient(0, fault->code)) fail(ErrorCode::network, fault->code + " (" + fault->message + ")");
      if (!retry.again()) fail(ErrorCode::network, "the server does not complete the upload", true);
      continue;
    }
    // An attempt whose answer was lost completed it, or somebody else was faster.
    const bool taken = reply.status == 412 || reply.status == 409 || reply.fault.code == "NoSuchUpload";
    if (!taken) throw reply.error("complete " + shown());
    if (const auto found = resolve(retry)) return *found;
    // After a conflict the server drops the upload, and our caller can't supply the bytes again.
    if (reply.fault.code == "NoSuchUpload" || !retry.again())
      fail(ErrorCode::conflict, "the server dropped the upload (" + reply.fault.code + ")", true);
  }
}

/// Parts that remain cost money, and nobody sees them.
void S3Parts::abort() noexcept {
  try {
    if (upload_id_.empty()) return;
    Retry retry = objects_->client()->begin_short();
    objects_->client()->send({.method = "DELETE", .key = key_, .query = {{"uploadId", upload_id_}}}, retry);
  } catch (...) {
  }
}

}  // namespace

std::unique_ptr<Writer> open_s3_writer(std::shared_ptr<S3Objects> objects, std::string key) {
  const S3Options& options = objects->options();
  PartRules rules{.first_size = options.part_size,
                  .largest_size = kLargestPart,
                  .most = options.max_parts,
                  .parallel = options.parallel_parts,
                  .memory = objects->memory(),
                  .stop = objects->client()->stop()};
  return part_writer(std::make_unique<S3Parts>(std::move(objects), std::move(key)), std::move(rules));
}

}  // namespace holdfast
