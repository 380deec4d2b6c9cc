#include "driver/cloudsql/driver.hpp"

#include <doctest/doctest.h>

#include "driver/cloudsql/admin_client.hpp"
#include "holdfast/error.hpp"
#include "support/streams.hpp"

namespace hf = holdfast;
using hf::ErrorCode;

TEST_CASE("a database of Cloud SQL is named by project, instance and database, percent-encoded or not") {
  const auto database = hf::CloudSqlDatabase::parse("cloudsql://example.com%3Ashop/main/two%20words");
  CHECK(database.project == "example.com:shop");
  CHECK(database.instance == "main");
  CHECK(database.name == "two words");
  CHECK(hf::CloudSqlDatabase::parse(database.uri()).uri() == database.uri());
  for (const char* wrong : {"cloudsql:", "cloudsql://", "cloudsql://shop/main", "cloudsql://shop//db", "cloudsql://shop/main/db/more",
                            "cloudsql://shop/main/", "cloudsql://shop/main/db?x=1", "cloudsql://shop/main/%zz"}) {
    CAPTURE(wrong);
    CHECK(hf::test::code_thrown([&] { hf::CloudSqlDatabase::parse(wrong); }) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a server-side export needs a staging area in Google Cloud Storage, and takes whole databases") {
  const auto driver = hf::cloudsql_driver();
  const std::string uri = "cloudsql://shop/main/db";
  const hf::Options good = {{"staging", "gs://staging/area"}};
  CHECK(driver->open_source(uri, {}, good) != nullptr);
  CHECK(driver->open_target(uri, good) != nullptr);
  for (const hf::Options& wrong : {hf::Options{}, hf::Options{{"staging", "s3://staging"}}, hf::Options{{"staging", "gs://?"}},
                                   hf::Options{{"staging", "gs://staging"}, {"operation_timeout", "0s"}},
                                   hf::Options{{"staging", "gs://staging"}, {"endpoint", "ftp://x"}}}) {
    CHECK(hf::test::code_thrown([&] { driver->open_source(uri, {}, wrong); }) == ErrorCode::invalid_argument);
  }
  CHECK(hf::test::code_thrown([&] { driver->open_source(uri, {.include = {"a"}, .exclude = {}}, good); }) == ErrorCode::unsupported);
}
