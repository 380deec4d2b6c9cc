#include "storage/s3/remote_keys.hpp"

#include "base/json_tree.hpp"
#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/s3/offset_time.hpp"

namespace holdfast {

namespace {

TimePoint expiry(const std::string& text) {
  try {
    const std::size_t zone = text.find_first_not_of("0123456789", text.find('.') == 19 ? 20 : 19);  // after a fraction
    return parse_offset_time(text.substr(0, 19) + text.substr(std::min(zone, text.size())));
  } catch (const Error&) {
    throw Error(ErrorCode::unauthenticated, "can't use credentials that expire at '" + text.substr(0, 40) + "', which is no time");
  }
}

}  // namespace

void RemoteKeys::refuse(const std::string& why) const {
  throw Error(ErrorCode::unauthenticated, "can't get credentials from " + name() + ": " + why);
}

std::optional<AwsCredentials> parse_key_json(ByteView body, const char* token) {
  const std::optional<JsonTree> json = try_parse_json_object(as_text(body));
  const auto text = [&](const char* key) { return json ? text_of(**json, key) : std::string(); };
  AwsCredentials credentials{
      {text("AccessKeyId"), Secret(std::string_view(text("SecretAccessKey"))), Secret(std::string_view(text(token)))}, {}};
  if (credentials.value.access_key_id.empty() || credentials.value.secret_access_key.empty()) return std::nullopt;
  if (const std::string expires = text("Expiration"); !expires.empty()) credentials.expires = expiry(expires);
  return credentials;
}

std::string web_identity_form(const std::string& role_arn, const std::string& session_name, const Secret& token) {
  return "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" + percent_encode(role_arn) +
         "&RoleSessionName=" + percent_encode(session_name) + "&WebIdentityToken=" + percent_encode(as_text(token.bytes()));
}

std::string sts_endpoint(const S3Options& options) {
  if (!options.keys.sts_endpoint.empty()) return options.keys.sts_endpoint;
  return "https://sts." + options.region + (options.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

}  // namespace holdfast
