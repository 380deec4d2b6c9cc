#include "storage/s3/sigv4.hpp"

#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "storage/http/url.hpp"

namespace hf = holdfast;

namespace {

// The examples that AWS publishes for Signature Version 4 with the Authorization header.
const hf::AwsKeys kKeys{"AKIAIOSFODNN7EXAMPLE", hf::Secret(std::string_view("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")), {}};

std::string signed_as(std::string_view method, std::string_view path, std::string_view query, std::map<std::string, std::string> headers,
                      std::string_view body = {}) {
  const std::string hash = hf::sha256_hex(hf::as_bytes(body));
  headers["host"] = "examplebucket.s3.amazonaws.com";
  headers["x-amz-date"] = "20130524T000000Z";
  headers["x-amz-content-sha256"] = hash;
  const std::string value =
      hf::authorization_v4({method, path, query, headers, hash}, kKeys, hf::parse_time("2013-05-24T00:00:00Z"), "us-east-1", "s3");
  return value.substr(value.find("SignedHeaders="));
}

}  // namespace

TEST_CASE("requests are signed as in AWS's published examples") {
  CHECK(signed_as("GET", "/test.txt", "", {{"range", "bytes=0-9"}}) ==
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(signed_as("PUT", "/test%24file.text", "",
                  {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}, "Welcome to Amazon S3.") ==
        "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  CHECK(signed_as("GET", "/", hf::canonical_query({{"lifecycle", ""}}), {}) ==
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
        "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  CHECK(signed_as("GET", "/", hf::canonical_query({{"prefix", "J"}, {"max-keys", "2"}}), {}) ==
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
        "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("query parameters are encoded once, spaces as %20, and in order") {
  CHECK(hf::canonical_query({{"uploads", ""}, {"prefix", "a b/+%"}}) == "prefix=a%20b%2F%2B%25&uploads=");
}
