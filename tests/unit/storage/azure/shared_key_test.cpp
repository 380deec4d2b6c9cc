#include "storage/azure/shared_key.hpp"

#include <doctest/doctest.h>

#include "base/base64.hpp"

namespace hf = holdfast;

namespace {

// The fixed account and key of the storage emulator.
constexpr std::string_view kAccount = "devstoreaccount1";
const hf::Secret kKey{
    hf::ByteView(hf::from_base64("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="))};

}  // namespace

TEST_CASE("requests are signed as in the test of Microsoft's own client") {
  // azure-sdk-for-node, test/services/blob/sharedkey-tests.js; its path has no '/'.
  const std::map<std::string, std::string> query = {{"restype", "container"}};
  const hf::HttpHeaders headers = {{"x-ms-version", "2011-08-18"}, {"x-ms-date", "Fri, 23 Sep 2011 01:37:34 GMT"}, {"content-type", ""}};
  CHECK(hf::authorization_shared_key({"GET", "container", query, headers}, kAccount, kKey) ==
        "SharedKey devstoreaccount1:Y5R86+6XE5MH602SIyjeTwlJuQjbawv20PT4kb/F/04=");
}

TEST_CASE("a signature covers the method, the length, the fields with their own lines, the x-ms- fields and each parameter") {
  const std::map<std::string, std::string> query = {{"comp", "block"}, {"blockid", "a=="}};
  const hf::HttpHeaders headers = {{"x-ms-date", "d"}, {"content-md5", "m"}, {"if-none-match", "*"}};
  const std::string all = hf::authorization_shared_key({"PUT", "/c/b", query, headers, 7}, kAccount, kKey);
  const auto differs = [&](const hf::SharedKeyRequest& request) { CHECK(hf::authorization_shared_key(request, kAccount, kKey) != all); };
  differs({"GET", "/c/b", query, headers, 7});
  differs({"PUT", "/c/B", query, headers, 7});
  differs({"PUT", "/c/b", query, headers, 8});
  differs({"PUT", "/c/b", {{"comp", "block"}}, headers, 7});
  for (std::size_t at = 0; at < headers.size(); ++at) {
    hf::HttpHeaders changed = headers;
    changed[at].second += "x";
    differs({"PUT", "/c/b", query, changed, 7});
  }
  hf::HttpHeaders turned(headers.rbegin(), headers.rend());
  CHECK(hf::authorization_shared_key({"PUT", "/c/b", query, turned, 7}, kAccount, kKey) == all);
}

TEST_CASE("dates have the form of HTTP") {
  CHECK(hf::azure_date(hf::parse_time("2011-09-23T01:37:34Z")) == "Fri, 23 Sep 2011 01:37:34 GMT");
  CHECK(hf::azure_date(hf::parse_time("2024-02-29T23:59:59Z")) == "Thu, 29 Feb 2024 23:59:59 GMT");
}
