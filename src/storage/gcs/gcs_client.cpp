#include "storage/gcs/gcs_client.hpp"

#include <algorithm>

#include "base/uri.hpp"
#include "storage/gcs/gcs_credentials.hpp"
#include "storage/http/body_limits.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

void read_body(std::unique_ptr<HttpStream> stream, GcsReply& reply) { reply.body = read_all(*stream, kMostBody); }

ErrorCode code_of(int status) {
  switch (status) {
    case 401: return ErrorCode::unauthenticated;
    case 403: return ErrorCode::permission_denied;
    case 404: return ErrorCode::not_found;
    case 409: return ErrorCode::conflict;
    case 412: return ErrorCode::already_exists;
    case 413: return ErrorCode::limit;
    case 501: return ErrorCode::unsupported;
    case 507: return ErrorCode::no_space;
    default: return ErrorCode::network;
  }
}

std::string advice(const GcsReply& reply) {
  if (reply.status == 401) return "; the access token is wrong or has expired";
  if (reply.status == 403) return "; this account may not do this, or a retention policy forbids it";
  if (reply.status >= 300 && reply.status < 400 && reply.status != kGcsResume)
    return " and redirects to another server, which is not followed; if that server is right, give it as option endpoint";
  return "";
}

}  // namespace

bool GcsReply::transient() const noexcept {
  return is_transient_status(status) || fault.reason == "rateLimitExceeded" || fault.reason == "userRateLimitExceeded";
}

Error GcsReply::error(const std::string& what) const {
  std::string said = "the server answers " + std::to_string(status);
  if (!fault.reason.empty()) said += " " + fault.reason;
  // The name of an upload is a secret, like a key.
  if (!fault.message.empty() && fault.message.find("upload_id") == std::string::npos) said += " (" + fault.message + ")";
  return {code_of(status), "can't " + what + ": " + said + advice(*this), transient()};
}

GcsClient::GcsClient(const GcsOptions& options, const HttpWorld& world)
    : options_(options),
      world_(world),
      http_(options.http),
      tokens_(gcs_token_providers(options, world), *world.clock, "Google Cloud Storage",
              "give the option credentials_file, or token, or credentials=anonymous") {}

std::string GcsClient::object_path(const std::string& key) const {
  return "/storage/v1/b/" + percent_encode(options_.bucket) + "/o" + (key.empty() ? "" : "/" + percent_encode(key));
}

GcsReply GcsClient::send(const GcsRequest& request, Retry& retry) { return exchange(request, retry, read_body); }

GcsReply GcsClient::open(const GcsRequest& request, Retry& retry) {
  return exchange(request, retry, [](std::unique_ptr<HttpStream> stream, GcsReply& reply) { reply.stream = std::move(stream); });
}

GcsReply GcsClient::send_once(const GcsRequest& request, const Retry& retry) {
  try {
    return attempt(request, retry, read_body);
  } catch (const Error& error) {
    throw error.with_context(request.method + " " + request.about);
  }
}

GcsReply GcsClient::exchange(const GcsRequest& request, Retry& retry, const Consume& consume) {
  for (;;) {
    try {
      GcsReply reply = attempt(request, retry, consume);
      if (!reply.transient() || !retry.again(retry_after(reply))) return reply;
    } catch (const Error& error) {
      if (!error.retryable() || request.look_first || !retry.again()) throw error.with_context(request.method + " " + request.about);
    }
  }
}

GcsReply GcsClient::attempt(const GcsRequest& request, const Retry& retry, const Consume& consume) {
  for (bool renewed = false;; renewed = true) {
    const BearerToken token = options_.keys.source == "anonymous" ? BearerToken() : tokens_.get();
    auto stream = open_stream(request, token, retry);
    GcsReply reply;
    static_cast<HttpHead&>(reply) = stream->head();
    if (reply.ok()) {
      consume(std::move(stream), reply);
      return reply;
    }
    reply.body = read_all(*stream, kMostFault);
    stream.reset();
    const bool may_renew = reply.status == 401 && !renewed && !token.text.empty();
    if (may_renew && tokens_.renew(token)) continue;
    reply.fault = parse_gcs_fault(reply.body);
    return reply;
  }
}

std::unique_ptr<HttpStream> GcsClient::open_stream(const GcsRequest& request, const BearerToken& token, const Retry& retry) {
  HttpRequest http{.method = request.method,
                   .url = options_.endpoint + request.target,
                   .headers = request.headers,
                   .body = request.body,
                   .give_up = retry.give_up(),
                   .stop = retry.stop()};
  if (!token.text.empty()) http.headers.emplace_back("authorization", "Bearer " + std::string(as_text(token.text.bytes())));
  return http_.open(http);
}

}  // namespace holdfast
