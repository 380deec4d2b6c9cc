// Tests fake-gcs-server behind a front that stores resumable uploads as the service does: see tests/support/gcs.py.
#include "conformance/network_suite.hpp"

using namespace holdfast::testing;

TEST_CASE("a GCS bucket is a storage behind a bad network") {
  const auto server = StorageServer::start("gcs", "resumable");
  if (!server) return;
  NetworkRig rig(*server, 1U << 20, {{"chunk_size", "1M"}, {"memory", "0"}, {"timeout", "30"}});
  run_network_suite(rig);
}
