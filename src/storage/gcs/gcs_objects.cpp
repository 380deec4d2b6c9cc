#include "storage/gcs/gcs_objects.hpp"

#include "base/base64.hpp"
#include "base/md5.hpp"
#include "storage/http/create_object.hpp"
#include "storage/http/url.hpp"
#include "storage/http/write_mark.hpp"

namespace holdfast {

namespace {

constexpr int kPreconditionFailed = 412;

/// The server answers "not found" for both objects and buckets; only its message tells which.
bool says_no_bucket(const GcsReply& reply) {
  return reply.status == 404 && reply.fault.message.find("bucket does not exist") != std::string::npos;
}

/// Returns a multipart/related body: the description, then the bytes. `boundary` is random, so the bytes don't contain
/// it.
Bytes related_body(const std::string& boundary, const std::string& description, ByteView bytes) {
  const std::string head = "--" + boundary + "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" + description + "\r\n--" +
                           boundary + "\r\nContent-Type: application/octet-stream\r\n\r\n";
  const std::string tail = "\r\n--" + boundary + "--\r\n";
  Bytes body;
  body.reserve(head.size() + bytes.size() + tail.size());
  for (const ByteView piece : {as_bytes(head), bytes, as_bytes(tail)}) body.insert(body.end(), piece.begin(), piece.end());
  return body;
}

}  // namespace

GcsObjects::GcsObjects(const GcsOptions& options, const HttpWorld& world)
    : client_(std::make_shared<GcsClient>(options, world)), memory_(std::make_shared<MemoryBudget>(options.memory)) {}

std::string GcsObjects::shown(const std::string& key) const {
  return "'" + key.substr(options().prefix.size()) + "' in " + options().uri();
}

std::optional<GcsObject> GcsObjects::find(const std::string& key, Retry& retry) {
  const GcsRequest request{.target = client_->object_path(key) + "?" + canonical_query({{"fields", kGcsObjectFields}}),
                           .about = shown(key)};
  for (;;) {
    const GcsReply reply = client_->send(request, retry);
    if (reply.status == 404 && !says_no_bucket(reply)) return std::nullopt;
    if (!reply.ok()) throw reply.error("look for " + shown(key));
    try {
      return parse_gcs_object(reply.body);
    } catch (const Error& error) {
      if (!error.retryable() || !retry.again()) throw error.with_context("can't look for " + shown(key));
    }
  }
}

void GcsObjects::remove(const GcsObject& object, Retry& retry) {
  const std::string about = shown(object.info.name);
  const GcsReply reply =
      client_->send({.method = "DELETE",
                     .target = client_->object_path(object.info.name) + "?" + canonical_query({{"generation", object.generation}}),
                     .about = about},
                    retry);
  if (!reply.ok() && (reply.status != 404 || says_no_bucket(reply))) throw reply.error("remove " + about);
}

std::string GcsObjects::upload_target(const char* type, const std::string& key) const {
  std::map<std::string, std::string> query = {
      {"fields", kGcsObjectFields}, {"ifGenerationMatch", "0"}, {"name", key}, {"uploadType", type}};
  if (!options().kms_key.empty()) query["kmsKeyName"] = options().kms_key;
  return client_->upload_path() + "?" + canonical_query(query);
}

PutResult GcsObjects::put(const std::string& key, ByteView bytes) {
  const GcsWrite write{key, new_write_mark(client_->random()), to_base64(md5(bytes)), bytes.size()};
  const std::string boundary = "holdfast-" + write.mark;
  const Bytes body = related_body(boundary, gcs_description(key, write.mark, options().storage_class, write.md5), bytes);
  const GcsRequest request{.method = "POST",
                           .target = upload_target("multipart", key),
                           .about = shown(key),
                           .headers = {{"content-type", "multipart/related; boundary=" + boundary}},
                           .body = body,
                           .look_first = true};
  Retry retry = client_->begin();
  return create_object(
      "store " + shown(key), retry, [&] { return client_->send(request, retry); },
      [&](const GcsReply& reply) { return outcome(reply, write, retry); }, [&] { return last_look(write); });
}

std::optional<PutResult> GcsObjects::outcome(const GcsReply& reply, const GcsWrite& write, Retry& retry) {
  if (!reply.ok() && reply.status != kPreconditionFailed) throw reply.error("store " + shown(write.key));
  std::optional<GcsObject> said;
  try {
    if (reply.ok()) said = parse_gcs_object(reply.body);
  } catch (const Error&) {  // then it is looked up
  }
  if (!said) return resolve(write, retry);
  check_stored(*said, write);
  return PutResult::created;
}

std::optional<PutResult> GcsObjects::resolve(const GcsWrite& write, Retry& retry) {
  const auto found = find(write.key, retry);
  if (!found) return std::nullopt;
  if (found->mark != write.mark) return PutResult::already_exists;
  check_stored(*found, write);
  return PutResult::created;
}

std::optional<PutResult> GcsObjects::last_look(const GcsWrite& write) noexcept {
  try {
    Retry retry = client_->begin_short();
    return resolve(write, retry);
  } catch (...) {
    return std::nullopt;
  }
}

void GcsObjects::check_stored(const GcsObject& object, const GcsWrite& write) {
  if (object.mark == write.mark && object.info.size == write.size && object.md5 == write.md5) return;
  try {
    Retry retry = client_->begin_short();
    if (object.mark == write.mark) remove(object, retry);
  } catch (const Error&) {  // the first error is reported
  }
  throw Error(ErrorCode::network, "can't store " + shown(write.key) + ": the server confirmed it, but it stored other bytes than were sent",
              true);
}

}  // namespace holdfast
