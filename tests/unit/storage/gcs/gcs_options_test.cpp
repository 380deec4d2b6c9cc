#include "storage/gcs/gcs_options.hpp"

#include "conformance/storage_suite.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

void check_gcs_refused(const std::string& uri, const hf::Options& options, const char* why) {
  check_options_refused(hf::parse_gcs_options, uri, options, why);
}

}  // namespace

TEST_CASE("a gs URI names bucket, prefix and options") {
  const auto parsed = hf::parse_gcs_options("gs://shop-backups/db/a%20b/?storage_class=NEARLINE&chunk_size=512K", {{"timeout", "7"}});
  CHECK(parsed.bucket == "shop-backups");
  CHECK(parsed.prefix == "db/a b/");
  CHECK(parsed.storage_class == "NEARLINE");
  CHECK(parsed.chunk_size == 512U << 10);
  CHECK(parsed.retry.total == std::chrono::seconds(7));
  CHECK(parsed.uri() == "gs://shop-backups/db/a b");
  CHECK(parsed.endpoint == "https://storage.googleapis.com");
  CHECK_FALSE(parsed.own_endpoint);
  CHECK(hf::parse_gcs_options("gs://shop", {{"endpoint", "http://localhost:4443/"}}).endpoint == "http://localhost:4443");
  CHECK(hf::parse_gcs_options("gs://shop", {{"endpoint", "https://proxy/gcs/"}}).endpoint == "https://proxy/gcs");
}

TEST_CASE("a wrong gs URI or option is refused with the right ones") {
  check_gcs_refused("gs:shop", {}, "gs://BUCKET/PREFIX");
  check_gcs_refused("gs://", {}, "bucket");
  check_gcs_refused("gs://Shop", {}, "lower-case letters");
  check_gcs_refused("gs://shop/../x", {}, "prefix");
  check_gcs_refused("gs://shop?colour=red", {}, "known: endpoint");
  check_gcs_refused("gs://shop?token=canary", {}, "secret");
  check_gcs_refused("gs://shop", {{"token", "canary\r\nx: y"}}, "printable");
  check_gcs_refused("gs://shop", {{"chunk_size", "300K"}}, "multiple of 256K");
  check_gcs_refused("gs://shop", {{"chunk_size", "1K"}}, "262144");
  check_gcs_refused("gs://shop", {{"credentials", "guess"}}, "metadata");
  check_gcs_refused("gs://shop", {{"endpoint", "https://host/path?query"}}, "HOST[:PORT][/PATH]");
}
