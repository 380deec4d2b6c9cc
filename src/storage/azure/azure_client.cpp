#include "storage/azure/azure_client.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/md5.hpp"
#include "storage/azure/shared_key.hpp"
#include "storage/http/body_limits.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

constexpr const char* kVersion = "2023-11-03";
constexpr int kMostAdaptations = 4;
constexpr int kMostResends = 3;  // of bytes that arrived damaged: after that, the network is not the cause

using Kind = AzureCredential::Kind;

bool any_of(std::string_view code, std::initializer_list<std::string_view> codes) { return std::ranges::find(codes, code) != codes.end(); }

bool is_transient(const AzureReply& reply) {
  return is_transient_status(reply.status) ||
         any_of(reply.fault.code, {"ServerBusy", "OperationTimedOut", "InternalError", "ContainerBeingDeleted", "AccountBeingCreated"});
}

ErrorCode code_of(const AzureReply& reply) {
  const std::string_view code = reply.fault.code;
  if (reply.status == 401 || any_of(code, {"AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation"}))
    return ErrorCode::unauthenticated;
  if (any_of(code, {"BlobArchived", "BlobBeingRehydrated"})) return ErrorCode::invalid_state;
  if (any_of(code, {"RequestBodyTooLarge", "BlockCountExceedsLimit"}) || reply.status == 413) return ErrorCode::limit;
  if (reply.status == 403 || any_of(code, {"PublicAccessNotPermitted", "BlobImmutableDueToPolicy", "BlobImmutableDueToLegalHold"}))
    return ErrorCode::permission_denied;
  if (reply.status == 404) return ErrorCode::not_found;
  if (reply.status == 409) return ErrorCode::conflict;
  if (reply.status == 412) return ErrorCode::already_exists;
  if (reply.status == 501 || code == "FeatureVersionMismatch") return ErrorCode::unsupported;
  return ErrorCode::network;
}

std::string advice(ErrorCode kind, const AzureReply& reply) {
  if (reply.fault.code == "BlobArchived") return "; it is in the archive tier: rehydrate it first";
  if (reply.fault.code == "ContainerNotFound") return "; the container does not exist";
  if (kind == ErrorCode::permission_denied) return "; this identity may not do this, or an immutability policy forbids it";
  if (kind != ErrorCode::unauthenticated) return "";
  switch (reply.asked_with) {
    case Kind::shared_key: return "; the account's name or key is wrong, or a proxy changes the requests";
    case Kind::sas: return "; the shared access signature is wrong, or it has expired";
    case Kind::token: return "; the server refuses the token";
    default: return "; give the option account_key, sas_token or token, or use a managed identity";
  }
}

}  // namespace

Error AzureReply::error(const std::string& what) const {
  const ErrorCode kind = code_of(*this);
  std::string said = "the server answers " + std::to_string(status);
  if (!fault.code.empty()) said += " " + fault.code + (fault.message.empty() ? "" : " (" + fault.message + ")");
  return {kind, "can't " + what + ": " + said + advice(kind, *this), is_transient(*this)};
}

AzureClient::AzureClient(const AzureOptions& options, const HttpWorld& world)
    : options_(options),
      world_(world),
      http_(options.http),
      credentials_(azure_credential_providers(options, world), *world.clock, "Azure",
                   "give the option account_key, sas_token or token, or use a managed identity"),
      clock_(*world.clock) {}

AzureReply AzureClient::send(const AzureRequest& request, Retry& retry) {
  return exchange(request, retry, [](std::unique_ptr<HttpStream> stream, AzureReply& reply) { reply.body = read_all(*stream, kMostBody); });
}

AzureReply AzureClient::open(const AzureRequest& request, Retry& retry) {
  return exchange(request, retry, [](std::unique_ptr<HttpStream> stream, AzureReply& reply) { reply.stream = std::move(stream); });
}

AzureReply AzureClient::exchange(const AzureRequest& request, Retry& retry, const Consume& consume) {
  const std::string md5 = request.body.empty() ? "" : to_base64(holdfast::md5(request.body));
  for (int adaptations = 0;;) {
    AzureReply reply;
    try {
      const AzureCredential credential = options_.keys.source == "anonymous" ? AzureCredential() : credentials_.get();
      reply.asked_with = credential.kind;
      const TimePoint sent = clock_.now();
      auto stream = attempt(request, md5, credential, retry);
      static_cast<HttpHead&>(reply) = stream->head();
      if (reply.ok()) {
        consume(std::move(stream), reply);
        return reply;
      }
      reply.body = read_all(*stream, kMostFault);
      reply.fault = parse_azure_fault(reply.body);
      if (reply.fault.code.empty()) reply.fault.code = reply.header("x-ms-error-code");  // a response to HEAD has no body
      stream.reset();
      if (adaptations < kMostAdaptations && adapt(reply, credential, sent)) {
        ++adaptations;
        continue;
      }
    } catch (const Error& error) {
      if (!error.retryable() || request.look_first || !retry.again())
        throw error.with_context(request.method + " azblob://" + options_.container + "/" + request.blob);
      continue;
    }
    const bool damaged = reply.fault.code == "Md5Mismatch" && retry.failures() < kMostResends;
    if (!(is_transient(reply) || damaged) || !retry.again(retry_after(reply))) return reply;
  }
}

std::unique_ptr<HttpStream> AzureClient::attempt(const AzureRequest& request, const std::string& md5, const AzureCredential& credential,
                                                 Retry& retry) {
  const std::string place =
      options_.endpoint + "/" + options_.container + (request.blob.empty() ? "" : "/" + percent_encode_path(request.blob));
  HttpRequest http{.method = request.method,
                   .url = place,
                   .headers = request.headers,
                   .body = request.body,
                   .give_up = retry.give_up(),
                   .stop = retry.stop()};
  http.headers.emplace_back("x-ms-version", kVersion);
  http.headers.emplace_back("x-ms-date", azure_date(clock_.now()));
  if (!md5.empty()) http.headers.emplace_back("content-md5", md5);
  std::string query = canonical_query(request.query);
  const std::string_view secret = as_text(credential.secret.bytes());
  if (credential.kind == Kind::shared_key) {
    const std::string path = parse_url(place).path;
    const SharedKeyRequest to_sign{request.method, path, request.query, http.headers, request.body.size()};
    http.headers.emplace_back("authorization", authorization_shared_key(to_sign, options_.keys.account_name, credential.secret));
  } else if (credential.kind == Kind::token) {
    http.headers.emplace_back("authorization", "Bearer " + std::string(secret));
  } else if (credential.kind == Kind::sas) {
    query += (query.empty() ? "" : "&") + std::string(secret);
  }
  if (!query.empty()) http.url += "?" + query;
  return http_.open(http);
}

bool AzureClient::adapt(const AzureReply& reply, const AzureCredential& credential, TimePoint sent) {
  if (credential.kind == Kind::shared_key) return reply.status == 403 && clock_.learn(reply, sent);
  const bool refused = reply.status == 401 || any_of(reply.fault.code, {"AuthenticationFailed", "InvalidAuthenticationInfo"});
  return credential.kind == Kind::token && refused && credentials_.renew(credential);
}

}  // namespace holdfast
