#include "storage/azure/azure_options.hpp"

#include "conformance/storage_suite.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

const hf::Options kNamed = {{"account_name", "shop"}};

void check_azure_refused(const std::string& uri, const hf::Options& options, const char* why) {
  check_options_refused(hf::parse_azure_options, uri, options, why);
}

std::string key_of(const hf::AzureOptions& options) { return std::string(hf::as_text(options.keys.account_key.bytes())); }

}  // namespace

TEST_CASE("an azblob URI names container, prefix and options") {
  const auto parsed =
      hf::parse_azure_options("azblob://shop-backups/db/a%20b/?account_name=shop&part_size=16M&access_tier=cool", {{"max_parts", "1000"}});
  CHECK(parsed.container == "shop-backups");
  CHECK(parsed.prefix == "db/a b/");
  CHECK(parsed.endpoint == "https://shop.blob.core.windows.net");
  CHECK_FALSE(parsed.endpoint_given);
  CHECK(parsed.part_size == 16U << 20);
  CHECK(parsed.max_parts == 1000);
  CHECK(parsed.access_tier == "Cool");
  CHECK(parsed.uri() == "azblob://shop-backups/db/a b");
}

TEST_CASE("the endpoint of an emulator has the account in its path") {
  const auto parsed = hf::parse_azure_options("azblob://c123", {{"endpoint", "http://127.0.0.1:10000/devstoreaccount1/"}});
  CHECK(parsed.endpoint == "http://127.0.0.1:10000/devstoreaccount1");
  CHECK(parsed.endpoint_given);
}

TEST_CASE("a connection string supplies the values that are not given separately") {
  const std::string text = "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn";
  const auto parsed = hf::parse_azure_options("azblob://c123", {{"connection_string", text}});
  CHECK(parsed.endpoint == "https://shop.blob.core.chinacloudapi.cn");
  CHECK(parsed.keys.account_name == "shop");
  CHECK(key_of(parsed) == "key");
  const auto other =
      hf::parse_azure_options("azblob://c123?account_name=other", {{"connection_string", text}, {"account_key", "b3RoZXI="}});
  CHECK(other.keys.account_name == "other");
  CHECK(key_of(other) == "other");
  const auto sas = hf::parse_azure_options(
      "azblob://c123",
      {{"connection_string", "BlobEndpoint=https://h.example/;SharedAccessSignature=sv=1&sig=x%3D;QueueEndpoint=https://q"}});
  CHECK(sas.endpoint == "https://h.example");
  CHECK(hf::as_text(sas.keys.sas_token.bytes()) == "sv=1&sig=x%3D");
}

TEST_CASE("a wrong azblob URI or option is refused with the right ones") {
  check_azure_refused("azblob:shop", kNamed, "azblob://CONTAINER/PREFIX");
  check_azure_refused("azblob://Shop", kNamed, "lower-case");
  check_azure_refused("azblob://a--b", kNamed, "lower-case");
  check_azure_refused("azblob://shop/.tmp", kNamed, ".tmp");
  check_azure_refused("azblob://shop", {}, "account_name");
  check_azure_refused("azblob://shop?colour=red", kNamed, "known: endpoint");
  check_azure_refused("azblob://shop?account_key=canary", kNamed, "secret");
  check_azure_refused("azblob://shop?sas_token=canary", kNamed, "secret");
  check_azure_refused("azblob://shop?token=canary", kNamed, "secret");
  check_azure_refused("azblob://shop?connection_string=canary", kNamed, "secret");
  check_azure_refused("azblob://shop", {{"account_name", "shop"}, {"account_key", "canary!"}}, "base64");
  check_azure_refused("azblob://shop", {{"account_name", "shop"}, {"sas_token", "canary"}}, "sig=");
  check_azure_refused("azblob://shop", {{"account_name", "shop"}, {"account_key", "a2V5"}, {"token", "canary"}}, "one of");
  check_azure_refused("azblob://shop", {{"endpoint", "https://h"}, {"account_key", "a2V5"}}, "needs account_name");
  check_azure_refused("azblob://shop", {{"connection_string", "canary"}}, "AccountName=");
  check_azure_refused("azblob://shop", {{"endpoint", "https://h/?x"}}, "endpoint");
  check_azure_refused("azblob://shop", {{"endpoint", "http://h"}, {"token", "canary"}}, "https://");
  check_azure_refused("azblob://shop", {{"account_name", "shop"}, {"access_tier", "archive"}}, "can't be read for hours");
  check_azure_refused("azblob://shop", {{"account_name", "shop"}, {"access_tier", "tepid"}}, "hot, cool or cold");
  check_azure_refused("azblob://shop", {{"account_name", "shop"}, {"max_parts", "50001"}}, "number");
  check_azure_refused("azblob://shop", {{"account_name", "shop"}, {"part_size", "4001M"}}, "number");
}
