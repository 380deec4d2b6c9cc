#include "storage/s3/s3_writer.hpp"

#include "storage/http/part_plan.hpp"
#include "storage/http/write_mark.hpp"

namespace holdfast {

S3Writer::S3Writer(std::shared_ptr<S3Objects> objects, std::string key)
    : objects_(std::move(objects)), key_(std::move(key)), mark_(new_write_mark(objects_->client()->random())) {}

S3Writer::~S3Writer() { abort(); }

void S3Writer::fail(ErrorCode code, const std::string& why, bool retryable) const {
  throw Error(code, "can't store " + objects_->shown(key_) + ": " + why, retryable);
}

std::uint64_t S3Writer::part_size() const {
  return planned_part_size(parts_ + 1, objects_->options().part_size, objects_->options().max_parts);
}

void S3Writer::write(ByteView data) {
  if (finished_) fail(ErrorCode::invalid_state, "its writer failed or was committed");
  while (!data.empty()) {
    const std::uint64_t room = part_size() - part_.size();
    if (room == 0) {
      send_part();
      continue;
    }
    const ByteView piece = data.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, data.size())));
    part_.insert(part_.end(), piece.begin(), piece.end());
    data = data.subspan(piece.size());
    size_ += piece.size();
  }
}

void S3Writer::send_part() {
  if (parts_ == objects_->options().max_parts)
    fail(ErrorCode::limit, "it has more than the server's " + std::to_string(parts_) + " parts; set a larger part_size");
  if (!uploads_) begin_upload();
  uploads_->send(std::exchange(part_, {}));
  ++parts_;
}

void S3Writer::begin_upload() {
  Retry retry = objects_->client()->begin();
  const S3Reply reply = objects_->client()->send(
      {.method = "POST", .key = key_, .query = {{"uploads", ""}}, .headers = objects_->object_headers(mark_)}, retry);
  if (!reply.ok()) throw reply.error("store " + objects_->shown(key_));
  upload_id_ = parse_upload_id(reply.body);
  uploads_ = std::make_unique<PartUploads>(
      objects_->options().parallel_parts, objects_->memory(),
      [this](unsigned number, ByteView bytes, const std::stop_token& stop) { return upload_part(number, bytes, stop); });
}

std::string S3Writer::upload_part(unsigned number, ByteView bytes, const std::stop_token& stop) const {
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

void S3Writer::commit() {
  if (std::exchange(finished_, true)) fail(ErrorCode::invalid_state, "its writer failed or was committed");
  const PutResult result = uploads_ ? complete() : objects_->put(key_, part_);
  if (result == PutResult::already_exists) fail(ErrorCode::already_exists, "an object of that name exists");
}

PutResult S3Writer::complete() {
  send_part();
  std::vector<UploadedPart> parts;
  for (const std::string& etag : uploads_->finish()) parts.push_back({static_cast<unsigned>(parts.size() + 1), etag});
  const std::string document = completion_document(parts);
  Retry retry = objects_->client()->begin();
  PutResult result{};
  try {
    result = try_complete(document, retry);
  } catch (const Error& error) {
    // It may have arrived all the same, and only the answers been lost.
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
  if (!found || found->mark != mark_ || found->info.size != size_)
    fail(ErrorCode::network, "the server confirmed it, but what is there is not what was sent", true);
  return result;
}

std::optional<PutResult> S3Writer::resolve(Retry& retry) {
  const auto found = objects_->find(key_, retry);
  if (!found) return std::nullopt;
  return found->mark == mark_ ? PutResult::created : PutResult::already_exists;
}

PutResult S3Writer::try_complete(const std::string& document, Retry& retry) {
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
      } catch (const Error&) {  // cut short: it may be either
      }
      if (const auto found = resolve(retry)) return *found;
      if (fault && !is_transient(0, fault->code)) fail(ErrorCode::network, fault->code + " (" + fault->message + ")");
      if (!retry.again()) fail(ErrorCode::network, "the server does not complete the upload", true);
      continue;
    }
    // Done by an attempt whose answer was lost, or somebody else was quicker.
    const bool taken = reply.status == 412 || reply.status == 409 || reply.fault.code == "NoSuchUpload";
    if (!taken) throw reply.error("complete " + objects_->shown(key_));
    if (const auto found = resolve(retry)) return *found;
    // After a conflict the server drops the upload, and its bytes can't be had again from our caller.
    if (reply.fault.code == "NoSuchUpload" || !retry.again())
      fail(ErrorCode::conflict, "the server dropped the upload (" + reply.fault.code + ")", true);
  }
}

/// Parts left behind cost money and are seen by nobody.
void S3Writer::abort() noexcept {
  try {
    uploads_.reset();
    if (upload_id_.empty()) return;
    Retry retry = objects_->client()->begin_short();
    objects_->client()->send({.method = "DELETE", .key = key_, .query = {{"uploadId", upload_id_}}}, retry);
  } catch (...) {
  }
}

}  // namespace holdfast
