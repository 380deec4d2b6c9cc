#include "storage/s3/sigv4.hpp"

#include "base/digest.hpp"
#include "base/hex.hpp"

namespace holdfast {

namespace {

Secret keyed(const Secret& key, std::string_view text) { return Secret(hmac_sha256(key.bytes(), as_bytes(text))); }

Secret signing_key(const Secret& secret, std::string_view day, std::string_view region, std::string_view service) {
  Bytes first(4 + secret.size());
  std::ranges::copy(as_bytes("AWS4"), first.begin());
  std::ranges::copy(secret.bytes(), first.begin() + 4);
  Secret key{ByteView(first)};
  std::ranges::fill(first, std::byte{0});
  for (const std::string_view part : {day, region, service, std::string_view("aws4_request")}) key = keyed(key, part);
  return key;
}

}  // namespace

bool AwsKeys::operator==(const AwsKeys& other) const noexcept {
  return access_key_id == other.access_key_id && std::ranges::equal(secret_access_key.bytes(), other.secret_access_key.bytes()) &&
         std::ranges::equal(session_token.bytes(), other.session_token.bytes());
}

std::string amz_date(TimePoint time) {
  std::string text = format_time(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string authorization_v4(const SignedRequest& request, const AwsKeys& keys, TimePoint time, std::string_view region,
                             std::string_view service) {
  std::string canonical = std::string(request.method) + "\n" + std::string(request.path) + "\n" + std::string(request.query) + "\n";
  std::string names;
  for (const auto& [name, value] : request.headers) {
    canonical += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  canonical += "\n" + names + "\n" + std::string(request.payload_hash);

  const std::string date = amz_date(time);
  const std::string day = date.substr(0, 8);
  const std::string scope = day + "/" + std::string(region) + "/" + std::string(service) + "/aws4_request";
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + sha256_hex(as_bytes(canonical));
  const Secret key = signing_key(keys.secret_access_key, day, region, service);
  return "AWS4-HMAC-SHA256 Credential=" + keys.access_key_id + "/" + scope + ",SignedHeaders=" + names +
         ",Signature=" + to_hex(hmac_sha256(key.bytes(), as_bytes(to_sign)));
}

}  // namespace holdfast
