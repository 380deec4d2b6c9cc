#include "conformance/network_suite.hpp"

using namespace holdfast::testing;

TEST_CASE("an Azure container is a storage behind a bad network") {
  const auto server = StorageServer::start("azure", "azurite");
  if (!server) return;
  NetworkRig rig(*server, 5U << 20, {{"part_size", "5M"}, {"memory", "0"}, {"timeout", "30"}});
  run_network_suite(rig);
}
