// Tests fake-gcs-server; tests/support/gcs.py lists its differences from the service. It checks no credentials:
// unit/storage/gcs/ tests these.
#include "conformance/bucket_suite.hpp"
#include "conformance/troubled.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

constexpr std::size_t kChunk = 256U << 10;

}  // namespace

TEST_CASE("a GCS bucket is a storage") {
  const auto server = StorageServer::start("gcs", "fake-gcs-server");
  if (!server) return;
  run_storage_suite([&] { return server->fresh(); });
}

TEST_CASE("a GCS bucket is a storage when all except the smallest objects are resumable uploads") {
  const auto server = StorageServer::start("gcs", "resumable");
  if (!server) return;
  run_storage_suite([&] { return server->fresh({{"chunk_size", "256K"}}); });
}

TEST_CASE("a prefix of a GCS bucket is a storage, and objects beside it are not visible") {
  const auto server = StorageServer::start("gcs", "fake-gcs-server");
  if (!server) return;
  check_prefix(*server);
}

TEST_CASE("a prefix of a GCS bucket may be of any language") {
  for (const char* kind : {"fake-gcs-server", "resumable"}) {
    CAPTURE(kind);
    const auto server = StorageServer::start("gcs", kind);
    if (server) check_prefix_of_any_language(*server, {{"chunk_size", "256K"}}, kChunk);
  }
}

TEST_CASE("a retrying storage over a troubled GCS bucket is a storage") {
  const auto server = StorageServer::start("gcs", "fake-gcs-server");
  if (!server) return;
  run_storage_suite([&] { return hf::retrying_storage(troubled(server->fresh()), without_waiting()); });
}

TEST_CASE("objects of many chunks are read back unchanged, at every size around a chunk's") {
  for (const char* kind : {"fake-gcs-server", "resumable"}) {
    CAPTURE(kind);
    const auto server = StorageServer::start("gcs", kind);
    if (!server) return;
    check_sizes_around(*server->fresh({{"chunk_size", "256K"}}), kChunk);
  }
}

TEST_CASE("exactly one of the resumable uploads that race for a name wins, and the others leave no trace") {
  const auto server = StorageServer::start("gcs", "resumable");
  if (!server) return;
  check_race_of_uploads(*server->fresh({{"chunk_size", "256K"}}), kChunk);
}

TEST_CASE("a listing of several pages of a GCS bucket is complete and in order") {
  const auto server = StorageServer::start("gcs", "fake-gcs-server");
  if (!server) return;
  check_many_pages(*server->fresh());
}

TEST_CASE("a missing GCS bucket is reported, never treated as an empty one, and created only in a project") {
  const auto server = StorageServer::start("gcs", "fake-gcs-server");
  if (!server) return;
  hf::Options options = server->options();
  check_error(error_of([&] { hf::open_storage("gs://not-there", options); }), hf::ErrorCode::not_found, "gs://not-there");
  options.erase("project");
  check_error(error_of([&] { hf::open_storage("gs://not-there", options, hf::IfMissing::create); }), hf::ErrorCode::invalid_argument,
              "option project");
}
