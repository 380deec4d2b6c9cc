#include "storage/s3/s3_options.hpp"

#include "conformance/storage_suite.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

void check_s3_refused(const std::string& uri, const hf::Options& options, const char* why) {
  check_options_refused(hf::parse_s3_options, uri, options, why);
}

}  // namespace

TEST_CASE("an s3 URI names bucket, prefix and options") {
  const auto parsed = hf::parse_s3_options("s3://shop-backups/db/a%20b/?region=eu-central-1&part_size=16M", {{"max_parts", "1000"}});
  CHECK(parsed.bucket == "shop-backups");
  CHECK(parsed.prefix == "db/a b/");
  CHECK(parsed.region == "eu-central-1");
  CHECK(parsed.part_size == 16U << 20);
  CHECK(parsed.max_parts == 1000);
  CHECK(parsed.uri() == "s3://shop-backups/db/a b");
  CHECK(hf::parse_s3_options("s3://shop-backups", {}).uri() == "s3://shop-backups");
}

TEST_CASE("a prefix of other than ASCII characters is UTF-8, encoded or not") {
  CHECK(hf::parse_s3_options("s3://shop/B%C3%BCro", {}).prefix == "B\u00fcro/");
  CHECK(hf::parse_s3_options("s3://shop/B\u00fcro/\u65e5\u672c", {}).uri() == "s3://shop/B\u00fcro/\u65e5\u672c");
  for (const char* prefix : {"B%FCro", "%C3", "%ED%A0%80", "a%0Ab", "a%7Fb", "a%C2%85b"})
    check_s3_refused(std::string("s3://shop/") + prefix, {}, "UTF-8 without control characters");
}

TEST_CASE("separate options come before those in the URI") {
  CHECK(hf::parse_s3_options("s3://shop?region=a", {{"region", "b"}}).region == "b");
}

TEST_CASE("buckets are addressed by host on AWS and by path elsewhere, unless an option says otherwise") {
  CHECK_FALSE(hf::parse_s3_options("s3://shop", {}).path_style);
  CHECK(hf::parse_s3_options("s3://shop.example", {}).path_style);  // a dot breaks the certificate's wildcard
  CHECK(hf::parse_s3_options("s3://shop", {{"endpoint", "https://s3.example:9000"}}).path_style);
  CHECK_FALSE(hf::parse_s3_options("s3://shop", {{"endpoint", "https://s3.example"}, {"path_style", "no"}}).path_style);
}

TEST_CASE("an endpoint is kept as its origin") {
  CHECK(hf::parse_s3_options("s3://shop", {{"endpoint", "HTTPS://S3.Example:443/"}}).endpoint == "https://s3.example");
  CHECK(hf::parse_s3_options("s3://shop", {{"endpoint", "http://[::1]:9000"}}).endpoint == "http://[::1]:9000");
}

TEST_CASE("an endpoint may have a path, which is kept in the form that is signed") {
  const auto endpoint = [](const char* text) { return hf::parse_s3_options("s3://shop", {{"endpoint", text}}).endpoint; };
  CHECK(endpoint("https://ref.storage.supabase.co/storage/v1/s3") == "https://ref.storage.supabase.co/storage/v1/s3");
  CHECK(endpoint("https://host:9000/a//") == "https://host:9000/a");
  CHECK(endpoint("https://host/a%2fb+c") == "https://host/a%2Fb%2Bc");
}

TEST_CASE("a wrong s3 URI or option is refused with the right ones") {
  check_s3_refused("s3:shop", {}, "s3://BUCKET/PREFIX");
  check_s3_refused("s3://", {}, "bucket");
  check_s3_refused("s3://a..b", {}, "bucket");
  check_s3_refused("s3://shop/../x", {}, "prefix");
  check_s3_refused("s3://shop/.tmp", {}, ".tmp");
  check_s3_refused("s3://shop?colour=red", {}, "known: endpoint");
  check_s3_refused("s3://shop?region", {}, "key=value");
  check_s3_refused("s3://shop?region=a&region=b", {}, "twice");
  check_s3_refused("s3://shop?secret_access_key=canary", {}, "secret");
  check_s3_refused("s3://shop", {{"secret_access_key", "canary"}}, "come together");
  check_s3_refused("s3://shop", {{"endpoint", "https://user:canary@host"}}, "without user");
  check_s3_refused("s3://shop", {{"endpoint", "ftp://host"}}, "http://");
  check_s3_refused("s3://shop", {{"endpoint", "https://host/path?query"}}, "HOST[:PORT][/PATH]");
  check_s3_refused("s3://shop", {{"endpoint", "https://host/%zz"}}, "HOST");
  check_s3_refused("s3://shop", {{"part_size", "1M"}}, "5242880");
  check_s3_refused("s3://shop", {{"part_size", "8X"}}, "number");
  check_s3_refused("s3://shop", {{"max_parts", "0"}}, "number");
  check_s3_refused("s3://shop", {{"path_style", "maybe"}}, "yes or no");
  check_s3_refused("s3://shop", {{"sse", "rot13"}}, "AES256");
  check_s3_refused("s3://shop", {{"sse_kms_key_id", "k"}}, "sse=aws:kms");
  check_s3_refused("s3://shop", {{"storage_class", "A\r\nx: y"}}, "printable");
  check_s3_refused("s3://shop", {{"object_lock", "compliance"}}, "come together");
  check_s3_refused("s3://shop", {{"lock_days", "7"}}, "come together");
  check_s3_refused("s3://shop", {{"object_lock", "forever"}, {"lock_days", "7"}}, "governance or compliance");
  check_s3_refused("s3://shop", {{"object_lock", "compliance"}, {"lock_days", "0"}}, "from 1 to");
  for (const char* tags : {"", "a", "=b", "a=1&", "a=1&a=2", "aws:x=1", "a=%zz", "a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=10&k=11"})
    check_s3_refused("s3://shop", {{"tags", tags}}, "up to 10 different tags");
  for (const char* time : {"", "yesterday", "2026-11-20", "2026-11-20T18:04:11", "2026-11-20T18:04:11+0100", "2026-11-20T18:04:11+01:99"})
    check_s3_refused("s3://shop", {{"as_of", time}}, "a time like");
}

TEST_CASE("tags are sent in the service's form, and a time may have any offset") {
  CHECK(hf::parse_s3_options("s3://shop", {{"tags", "team=a b&x=%26"}}).tags == "team=a%20b&x=%26");
  const auto time = [](const char* text) { return hf::format_time(hf::parse_s3_options("s3://shop", {{"as_of", text}}).as_of.value()); };
  CHECK(time("2026-11-20T18:04:11Z") == "2026-11-20T18:04:11Z");
  CHECK(time("2026-11-20T18:04:11+05:30") == "2026-11-20T12:34:11Z");
  CHECK(time("2026-11-20T18:04:11-08:00") == "2026-11-21T02:04:11Z");
}
