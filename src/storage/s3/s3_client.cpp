#include "storage/s3/s3_client.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/digest.hpp"
#include "base/md5.hpp"
#include "storage/http/body_limits.hpp"
#include "storage/http/http_date.hpp"

namespace holdfast {

namespace {

constexpr int kMostAdaptations = 4;
constexpr int kMostResends = 3;  // of bytes that arrived damaged: after that, the network is not the cause

bool any_of(std::string_view code, std::initializer_list<std::string_view> codes) { return std::ranges::find(codes, code) != codes.end(); }

/// Returns whether `to` is a host of the same service: it may see our signature, and we may trust it.
bool same_service(const Url& to, const Url& from, const S3Options& options) {
  if (to.scheme != from.scheme && to.scheme != "https") return false;
  if (options.endpoint.empty()) return to.host.ends_with(".amazonaws.com") || to.host.ends_with(".amazonaws.com.cn");
  const Url own = parse_url(options.endpoint);
  return to.host == own.host || to.host == options.bucket + "." + own.host;
}

ErrorCode code_of(int status, std::string_view code) {
  if (any_of(code, {"InvalidAccessKeyId", "XAdminUserNotFound", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken",
                    "RequestTimeTooSkewed"}) ||
      status == 401)
    return ErrorCode::unauthenticated;
  if (any_of(code, {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"}) || status == 507) return ErrorCode::no_space;
  if (any_of(code, {"InvalidObjectState"})) return ErrorCode::invalid_state;
  if (any_of(code, {"EntityTooLarge"})) return ErrorCode::limit;
  if (status == 403) return ErrorCode::permission_denied;
  if (status == 404) return ErrorCode::not_found;
  if (status == 409) return ErrorCode::conflict;
  if (status == 412) return ErrorCode::already_exists;
  if (status == 501) return ErrorCode::unsupported;
  return ErrorCode::network;
}

std::string advice(ErrorCode code, const S3Fault& fault) {
  if (fault.code == "InvalidObjectState") return "; it is in an archive class: restore it from the archive first";
  if (fault.code == "SignatureDoesNotMatch") return "; the secret access key is wrong, or a proxy changes the requests";
  if (any_of(fault.code, {"InvalidAccessKeyId", "XAdminUserNotFound"})) return "; the access key id is wrong";
  if (fault.code == "NoSuchBucket") return "; the bucket does not exist";
  if (code == ErrorCode::permission_denied) return "; these keys may not do this, or a lock forbids it";
  return "";
}

}  // namespace

bool is_transient(int status, std::string_view code) {
  return any_of(code,
                {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted", "ConditionalRequestConflict",
                 "IncompleteBody", "Throttling", "ThrottlingException", "RequestThrottled", "TooManyRequests", "Busy"}) ||
         is_transient_status(status);
}

Error S3Reply::error(const std::string& what) const {
  const ErrorCode kind = code_of(status, fault.code);
  std::string said = "the server answers " + std::to_string(status);
  if (!fault.code.empty()) said += " " + fault.code + (fault.message.empty() ? "" : " (" + fault.message + ")");
  return {kind, "can't " + what + ": " + said + advice(kind, fault), is_transient(status, fault.code)};
}

S3Client::S3Client(const S3Options& options, const HttpWorld& world)
    : options_(options),
      world_(world),
      http_(options.http),
      credentials_(credential_providers(options, world), *world.clock, "S3",
                   "give the options access_key_id and secret_access_key, or a profile"),
      clock_(*world.clock),
      region_(options.region) {}

std::string S3Client::shown(const S3Request& request) const { return request.method + " s3://" + options_.bucket + "/" + request.key; }

S3Client::Place S3Client::place() const {
  const std::lock_guard lock(mutex_);
  const std::string domain = region_.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  return {options_.endpoint.empty() ? "https://s3." + region_ + domain : options_.endpoint, region_, options_.path_style};
}

S3Reply S3Client::send(const S3Request& request, Retry& retry) {
  return exchange(request, retry, [](std::unique_ptr<HttpStream> stream, S3Reply& reply) { reply.body = read_all(*stream, kMostBody); });
}

S3Reply S3Client::open(const S3Request& request, Retry& retry) {
  return exchange(request, retry, [](std::unique_ptr<HttpStream> stream, S3Reply& reply) { reply.stream = std::move(stream); });
}

S3Reply S3Client::exchange(const S3Request& request, Retry& retry, const Consume& consume) {
  const std::string hash = sha256_hex(request.body);
  // The service requires it for everything that can be locked: objects, their parts, locks themselves.
  const std::string content_md5 = options_.locks() && request.method == "PUT" ? to_base64(md5(request.body)) : "";
  Place place = this->place();
  for (int adaptations = 0;;) {
    S3Reply reply;
    try {
      const AwsKeys keys = options_.keys.source == "anonymous" ? AwsKeys() : credentials_.get();
      const TimePoint sent = clock_.now();
      auto stream = attempt(request, {hash, content_md5}, place, keys, retry);
      static_cast<HttpHead&>(reply) = stream->head();
      note_server_time(reply);
      if (reply.ok()) {
        consume(std::move(stream), reply);
        return reply;
      }
      reply.body = read_all(*stream, kMostFault);
      reply.fault = parse_fault(reply.body);
      stream.reset();
      if (adaptations < kMostAdaptations && adapt(reply, place, keys, sent)) {
        ++adaptations;
        continue;
      }
    } catch (const Error& error) {
      if (!error.retryable() || request.look_first || !retry.again()) throw error.with_context(shown(request));
      continue;
    }
    const bool damaged = any_of(reply.fault.code, {"BadDigest", "XAmzContentSHA256Mismatch"}) && retry.failures() < kMostResends;
    if (!(is_transient(reply.status, reply.fault.code) || damaged) || !retry.again(retry_after(reply))) return reply;
  }
}

std::unique_ptr<HttpStream> S3Client::attempt(const S3Request& request, const Digests& body, const Place& place, const AwsKeys& keys,
                                              Retry& retry) {
  Url url = parse_url(place.base);
  if (url.path == "/") url.path.clear();
  if (place.path_style) {
    url.path += "/" + options_.bucket;
  } else if (!url.host.starts_with(options_.bucket + ".")) {
    url.host = options_.bucket + "." + url.host;
  }
  if (!place.path_style || !request.key.empty()) url.path += "/" + percent_encode_path(request.key);
  url.query = canonical_query(request.query);

  const TimePoint time = clock_.now();
  SignedRequest to_sign{.method = request.method, .path = url.path, .query = url.query, .headers = {}, .payload_hash = body.sha256};
  for (const auto& [name, value] : request.headers) to_sign.headers[name] = value;
  if (!body.md5.empty()) to_sign.headers["content-md5"] = body.md5;
  to_sign.headers["x-amz-content-sha256"] = body.sha256;
  to_sign.headers["x-amz-date"] = amz_date(time);
  if (!keys.session_token.empty()) to_sign.headers["x-amz-security-token"] = as_text(keys.session_token.bytes());

  HttpRequest http{.method = request.method,
                   .url = url.origin() + url.path + (url.query.empty() ? "" : "?" + url.query),
                   .headers = {to_sign.headers.begin(), to_sign.headers.end()},
                   .body = request.body,
                   .give_up = retry.give_up(),
                   .stop = retry.stop()};
  to_sign.headers["host"] = url.host_and_port();  // sent by the HTTP client
  if (!keys.access_key_id.empty()) http.headers.emplace_back("authorization", authorization_v4(to_sign, keys, time, place.region, "s3"));
  return http_.open(http);
}

bool S3Client::adapt(const S3Reply& reply, Place& place, const AwsKeys& keys, TimePoint sent) {
  if (learn_region(reply, place) || follow_redirect(reply, place) || learn_clock(reply, sent)) return true;
  // A response to HEAD has no body that could tell the cause.
  const bool unsaid = reply.fault.code.empty() && (reply.status == 400 || reply.status == 403) && !keys.session_token.empty();
  if (unsaid || any_of(reply.fault.code, {"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "InvalidAccessKeyId"}))
    return !keys.access_key_id.empty() && credentials_.renew(keys);
  return false;
}

bool S3Client::learn_region(const S3Reply& reply, Place& place) {
  std::string region(reply.header("x-amz-bucket-region"));
  if (region.empty()) region = reply.fault.region;
  if (region.empty() || region == place.region || !std::ranges::all_of(region, [](char c) { return is_ascii_alnum(c) || c == '-'; }))
    return false;
  {
    const std::lock_guard lock(mutex_);
    region_ = region;
  }
  place = this->place();
  return true;
}

bool S3Client::follow_redirect(const S3Reply& reply, Place& place) const {
  const std::string_view location = reply.header("location");
  if (reply.status < 300 || reply.status >= 400 || location.empty()) return false;
  const Url to = parse_url(location);
  const Url from = parse_url(place.base);
  if (!same_service(to, from, options_))
    throw Error(ErrorCode::network, options_.uri() + " redirects to " + to.origin() +
                                        ", which is not the same service and is not followed; if it is right, give it as option endpoint");
  place.base = to.origin() + (from.path == "/" ? "" : from.path);
  place.path_style = !to.host.starts_with(options_.bucket + ".");
  return true;
}

void S3Client::note_server_time(const HttpHead& head) {
  const auto server = parse_http_date(head.header("date"));
  if (server) server_offset_ = std::chrono::round<std::chrono::seconds>(*server - world_.clock->now()).count();
}

bool S3Client::learn_clock(const S3Reply& reply, TimePoint sent) {
  return (reply.status == 403 || reply.fault.code == "RequestTimeTooSkewed") && clock_.learn(reply, sent);
}

}  // namespace holdfast
