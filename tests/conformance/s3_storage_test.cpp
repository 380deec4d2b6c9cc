#include "conformance/bucket_suite.hpp"
#include "storage/decorators/faulty.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

TEST_CASE("an S3 bucket is a storage, on a server that checks signatures") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  run_storage_suite([&] { return server->fresh(); });
}

TEST_CASE("a prefix of an S3 bucket is a storage, and objects beside it are not visible") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  check_prefix(*server);
}

TEST_CASE("a prefix of an S3 bucket may be of any language") {
  for (const char* kind : {"versitygw", "gofakes3"}) {
    CAPTURE(kind);
    const auto server = StorageServer::start("s3", kind);
    if (server) check_prefix_of_any_language(*server, {{"part_size", "5M"}}, 5U << 20);
  }
}

TEST_CASE("an S3 bucket is a storage at an endpoint with a path, which is signed") {
  const auto server = StorageServer::start("s3", "below-path");
  if (!server) return;
  CHECK(server->options().at("endpoint").ends_with("/storage/v1/s3"));
  run_storage_suite([&] { return server->fresh({{"part_size", "5M"}}, "/B%C3%BCro"); });
}

TEST_CASE("listings of several pages, and uploads of many parts, work at an endpoint with a path") {
  const auto server = StorageServer::start("s3", "below-path");
  if (!server) return;
  check_many_pages(*server->fresh());
  check_sizes_around(*server->fresh({{"part_size", "5M"}}), 5U << 20);
}

TEST_CASE("an S3 bucket is a storage, on a server of another family") {
  const auto server = StorageServer::start("s3", "gofakes3");
  if (!server) return;
  run_storage_suite([&] { return server->fresh(); });
}

TEST_CASE("an S3 bucket is a storage without create-only puts, except for races") {
  const auto server = StorageServer::start("s3", "gofakes3");
  if (!server) return;
  CHECK_FALSE(server->fresh({{"create_only", "no"}})->caps().atomic_create);
  run_storage_suite([&] { return server->fresh({{"create_only", "no"}}); });
}

TEST_CASE("a faulty storage without faults is a storage, over S3") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  run_storage_suite([&] { return hf::faulty_storage(server->fresh(), {}); });
}

TEST_CASE("objects of many parts are read back unchanged, at every size around a part's") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  check_sizes_around(*server->fresh({{"part_size", "5M"}}), 5U << 20);
}

TEST_CASE("exactly one of the multipart uploads that race for a name wins, and the others leave no trace") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  check_race_of_uploads(*server->fresh({{"part_size", "5M"}}), 5U << 20);
}

TEST_CASE("a listing of several pages is complete and in order") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  check_many_pages(*server->fresh());
}

TEST_CASE("a missing bucket is reported, never treated as an empty one") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  check_error(error_of([&] { hf::open_storage("s3://not-there", server->options()); }), hf::ErrorCode::not_found, "s3://not-there");
}

TEST_CASE("wrong keys are reported in one line without a secret") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  hf::Options options = server->options();
  options["secret_access_key"] = "canary-in-the-mine";
  const hf::Error error = error_of([&] { hf::open_storage("s3://bucket-1", options, hf::IfMissing::create); });
  check_error(error, hf::ErrorCode::unauthenticated, "SignatureDoesNotMatch");
  CHECK(error.message().find("canary") == std::string::npos);
  CHECK(error.message().find('\n') == std::string::npos);
}
