#include "storage/gcs/gcs_upload.hpp"

#include <charconv>

#include "storage/http/url.hpp"

namespace holdfast {

namespace {

bool dropped(const GcsReply& reply) { return reply.status == 404 || reply.status == 410; }

/// Returns the session's path and query at our endpoint, without the endpoint's own path, which a server behind it may
/// know or not. Nothing is sent to another host, even if the server names one.
std::string session_of(const GcsReply& reply, const std::string& endpoint) {
  const std::string_view location = reply.header("location");
  if (location.empty()) return {};
  try {
    const Url url = parse_url(location), own = parse_url(endpoint);
    const bool below = own.path != "/" && url.path.starts_with(own.path + "/");
    return url.query.empty() ? std::string() : url.path.substr(below ? own.path.size() : 0) + "?" + url.query;
  } catch (const Error&) {  // its message would contain the secret
    return {};
  }
}

}  // namespace

GcsUpload::GcsUpload(std::shared_ptr<GcsObjects> objects, std::string key, std::string mark)
    : objects_(std::move(objects)), key_(std::move(key)) {
  const std::string description = gcs_description(key_, mark, objects_->options().storage_class, {});
  Retry retry = objects_->client().begin();
  const GcsReply reply = objects_->client().send({.method = "POST",
                                                  .target = objects_->upload_target("resumable", key_),
                                                  .about = objects_->shown(key_),
                                                  .headers = {{"content-type", "application/json; charset=UTF-8"}},
                                                  .body = as_bytes(description)},
                                                 retry);
  if (!reply.ok()) throw reply.error("store " + objects_->shown(key_));
  session_ = session_of(reply, objects_->options().endpoint);
  if (session_.empty()) fail(ErrorCode::network, "the server does not say where to send it");
}

GcsUpload::~GcsUpload() {
  if (!open_) return;
  try {
    Retry retry = objects_->client().begin_short();
    objects_->client().send({.method = "DELETE", .target = session_, .about = objects_->shown(key_)}, retry);
  } catch (...) {  // the server drops it after a week
  }
}

void GcsUpload::fail(ErrorCode code, const std::string& why) const {
  throw Error(code, "can't store " + objects_->shown(key_) + ": " + why, true);
}

void GcsUpload::append(ByteView chunk, const std::stop_token& stop) {
  Retry retry = objects_->client().begin(stop);
  const auto reply = advance(chunk, false, retry);
  if (!reply) return;
  if (dropped(*reply)) fail(ErrorCode::conflict, "the server dropped the upload");
  if (reply->ok()) fail(ErrorCode::network, "the server reports it as complete before its last bytes");
  throw reply->error("store " + objects_->shown(key_));
}

PutResult GcsUpload::finish(ByteView chunk, const GcsWrite& write) {
  Retry retry = objects_->client().begin();
  std::optional<GcsReply> reply;
  try {
    reply = advance(chunk, true, retry);
  } catch (const Error& error) {
    // The chunk may have arrived, and only the answers were lost.
    if (!error.retryable()) throw;
    if (const auto result = objects_->last_look(write)) return *result;
    throw;
  }
  open_ = false;
  const auto result = dropped(*reply) ? objects_->resolve(write, retry) : objects_->outcome(*reply, write, retry);
  if (!result) fail(ErrorCode::conflict, "the server dropped the upload");
  return *result;
}

/// Returns null if the server has kept all of a chunk that is not the last. Otherwise returns the server's final
/// answer.
std::optional<GcsReply> GcsUpload::advance(ByteView chunk, bool last, Retry& retry) {
  const std::uint64_t end = begins_ + chunk.size();
  for (bool ask = false;;) {
    std::optional<GcsReply> reply;
    try {
      reply = objects_->client().send_once(next_request(chunk, last, ask), retry);
    } catch (const Error& error) {
      if (!error.retryable() || !retry.again()) throw;
      ask = true;  // a part may have arrived
      continue;
    }
    if (reply->status == kGcsResume) {
      const bool moved = take_kept(*reply, end);
      if (kept_ == end && !last) {
        begins_ = end;
        return std::nullopt;
      }
      if (!moved && !ask && !retry.again()) fail(ErrorCode::network, "the server keeps nothing of what is sent");
      ask = false;
      continue;
    }
    if (!reply->transient()) return reply;
    if (!retry.again(retry_after(*reply))) throw reply->error("store " + objects_->shown(key_));
    ask = true;
  }
}

/// With `ask`, the request only asks how much the server has kept; for the last chunk, it also completes the object if
/// all is there.
GcsRequest GcsUpload::next_request(ByteView chunk, bool last, bool ask) const {
  const std::uint64_t end = begins_ + chunk.size();
  const bool sends = !ask && kept_ < end;
  const std::string range = sends ? std::to_string(kept_) + "-" + std::to_string(end - 1) : "*";
  return {.method = "PUT",
          .target = session_,
          .about = objects_->shown(key_),
          .headers = {{"content-range", "bytes " + range + "/" + (last ? std::to_string(end) : "*")}},
          .body = sends ? chunk.subspan(static_cast<std::size_t>(kept_ - begins_)) : ByteView()};
}

/// Notes how much the server has kept. Returns false if that is no more than before.
bool GcsUpload::take_kept(const GcsReply& reply, std::uint64_t end) {
  constexpr std::string_view kFrom = "bytes=0-";
  const std::string_view range = reply.header("range");
  std::uint64_t kept = 0;  // without a range it has nothing
  if (!range.empty()) {
    const std::string_view digits = range.substr(std::min(kFrom.size(), range.size()));
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), kept);
    if (!range.starts_with(kFrom) || code != std::errc() || stop != digits.data() + digits.size())
      fail(ErrorCode::network, "the server does not say how much it has received");
    ++kept;
  }
  // We no longer have the bytes of earlier chunks.
  if (kept < kept_ || kept > end) fail(ErrorCode::conflict, "the server has lost a part of the upload");
  return std::exchange(kept_, kept) < kept;
}

}  // namespace holdfast
