#include "storage/s3/s3_objects.hpp"

#include "storage/http/create_object.hpp"
#include "storage/http/http_date.hpp"
#include "storage/http/object_head.hpp"
#include "storage/http/write_mark.hpp"
#include "storage/locks.hpp"
#include "storage/s3/s3_lock.hpp"

namespace holdfast {

namespace {

constexpr const char* kMarkHeader = "x-amz-meta-holdfast-write";
constexpr std::pair<const char*, const char*> kCreateOnly{"if-none-match", "*"};

bool says_no_such_key(const S3Reply& reply) {
  return reply.status == 404 && (reply.fault.code == "NoSuchKey" || reply.fault.code == "NotFound" || reply.fault.code.empty());
}

}  // namespace

S3Objects::S3Objects(const S3Options& options, const HttpWorld& world)
    : client_(std::make_shared<S3Client>(options, world)), memory_(std::make_shared<MemoryBudget>(options.memory)) {}

std::string S3Objects::shown(const std::string& key) const { return "'" + std::string(name_of(key)) + "' in " + options().uri(); }

HttpHeaders S3Objects::object_headers(const std::string& key, const std::string& mark) const {
  HttpHeaders headers = {{"content-type", "application/octet-stream"}, {kMarkHeader, mark}};
  if (!options().storage_class.empty()) headers.emplace_back("x-amz-storage-class", options().storage_class);
  if (!options().sse.empty()) headers.emplace_back("x-amz-server-side-encryption", options().sse);
  if (!options().sse_kms_key_id.empty()) headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", options().sse_kms_key_id);
  if (!options().tags.empty()) headers.emplace_back("x-amz-tagging", options().tags);
  if (options().locks() && !is_short_lived(name_of(key))) {
    headers.emplace_back("x-amz-object-lock-mode", options().lock_mode);
    headers.emplace_back("x-amz-object-lock-retain-until-date", format_time(new_lock_end(*client_)));
  }
  return headers;
}

namespace {

/// Returns the end of a lock if it is later than the answer's own time.
std::optional<TimePoint> retained_until(const S3Reply& reply, TimePoint now) {
  const std::string_view until = reply.header("x-amz-object-lock-retain-until-date");
  if (until.empty()) return std::nullopt;
  const TimePoint end = parse_amz_time(until);
  return end > parse_http_date(reply.header("date")).value_or(now) ? std::optional(end) : std::nullopt;
}

}  // namespace

std::optional<FoundObject> S3Objects::find(const std::string& key, Retry& retry) {
  const S3Reply reply = client_->send({.method = "HEAD", .key = key}, retry);
  if (reply.status == 404) {
    // A response to HEAD can't tell what is missing: the object, the bucket, or the user.
    const S3Reply why = client_->send({.key = key, .headers = {{"range", "bytes=0-0"}}}, retry);
    if (!why.ok() && why.status != 416 && !says_no_such_key(why)) throw why.error("look for " + shown(key));
    return std::nullopt;
  }
  if (!reply.ok()) throw reply.error("look for " + shown(key));
  auto info = object_of_head(reply, key);
  if (!info) throw Error(ErrorCode::network, "can't look for " + shown(key) + ": the server does not say its size and time", true);
  return FoundObject{.info = *std::move(info),
                     .mark = std::string(reply.header(kMarkHeader)),
                     .version = std::string(reply.header("x-amz-version-id")),
                     .retained_until = retained_until(reply, client_->server_now()),
                     .held = reply.header("x-amz-object-lock-legal-hold") == "ON"};
}

/// Returns who stored the object that now has that name. Returns null if there is none.
std::optional<PutResult> S3Objects::resolve(const std::string& key, const std::string& mark, Retry& retry) {
  const auto found = find(key, retry);
  if (!found) return std::nullopt;
  return found->mark == mark ? PutResult::created : PutResult::already_exists;
}

PutResult S3Objects::put(const std::string& key, ByteView bytes) {
  const bool create_only = put_is_create_only();
  const std::string mark = new_write_mark(client_->random());
  S3Request request{.method = "PUT", .key = key, .query = {}, .headers = object_headers(key, mark), .body = bytes, .look_first = true};
  if (create_only) request.headers.emplace_back(kCreateOnly);
  Retry retry = client_->begin();
  if (!create_only && find(key, retry)) return PutResult::already_exists;
  const std::string what = "store " + shown(key);
  const auto outcome = [&](const S3Reply& reply) -> std::optional<PutResult> {
    if (reply.ok()) return create_only ? PutResult::created : resolve(key, mark, retry).value_or(PutResult::already_exists);
    if (reply.status != 412 && reply.status != 409) throw reply.error(what);
    return resolve(key, mark, retry);
  };
  const auto look = [&] {
    Retry short_retry = client_->begin_short();
    return resolve(key, mark, short_retry);
  };
  return create_object(
      what, retry, [&] { return client_->send(request, retry); }, outcome, look);
}

bool S3Objects::put_is_create_only() {
  if (options().create_only != CreateOnly::probe) return options().create_only == CreateOnly::yes;
  const std::lock_guard lock(mutex_);
  if (!put_create_only_) put_create_only_ = probe_put();
  return *put_create_only_;
}

bool S3Objects::completion_is_create_only() {
  if (options().create_only != CreateOnly::probe) return options().create_only == CreateOnly::yes;
  if (!put_is_create_only()) return false;
  const std::lock_guard lock(mutex_);
  if (!completion_create_only_) completion_create_only_ = probe_completion();
  return *completion_create_only_;
}

/// The object stays: the next check then needs one request, and no right to remove is needed.
bool S3Objects::probe_put() {
  Retry retry = client_->begin();
  for (int attempt = 0; attempt < 2; ++attempt) {
    const S3Reply reply = client_->send(
        {.method = "PUT", .key = probe_key(), .headers = {{"content-type", "application/octet-stream"}, {kCreateOnly}}}, retry);
    if (reply.status == 412 || reply.status == 409) return true;
    if (reply.status == 501 || reply.fault.code == "NotImplemented") return false;
    if (!reply.ok()) throw reply.error("find out whether " + options().uri() + " keeps objects from being overwritten");
  }
  return false;
}

bool S3Objects::probe_completion() {
  const std::string what = "find out whether " + options().uri() + " keeps objects from being overwritten";
  Retry retry = client_->begin();
  const S3Reply begun = client_->send({.method = "POST", .key = probe_key(), .query = {{"uploads", ""}}}, retry);
  if (!begun.ok()) throw begun.error(what);
  const std::string id = parse_upload_id(begun.body);
  const S3Reply part = client_->send(
      {.method = "PUT", .key = probe_key(), .query = {{"partNumber", "1"}, {"uploadId", id}}, .headers = {}, .body = as_bytes("?")}, retry);
  if (!part.ok()) throw part.error(what);
  const std::string document = completion_document({{1, std::string(part.header("etag"))}});
  const S3Reply reply = client_->send({.method = "POST",
                                       .key = probe_key(),
                                       .query = {{"uploadId", id}},
                                       .headers = {{"content-type", "application/xml"}, {kCreateOnly}},
                                       .body = as_bytes(document)},
                                      retry);
  if (!reply.ok()) client_->send({.method = "DELETE", .key = probe_key(), .query = {{"uploadId", id}}}, retry);
  return reply.status == 412 || reply.status == 409;
}

}  // namespace holdfast
