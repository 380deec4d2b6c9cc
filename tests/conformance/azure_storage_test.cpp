#include "conformance/bucket_suite.hpp"
#include "conformance/troubled.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

/// One server for all cases, because it starts slowly.
StorageServer* azurite() {
  static const auto server = StorageServer::start("azure", "azurite");
  return server.get();
}

}  // namespace

TEST_CASE("an Azure container is a storage") {
  StorageServer* server = azurite();
  if (server == nullptr) return;
  run_storage_suite([&] { return server->fresh(); });
}

TEST_CASE("a retrying storage over an Azure container whose calls fail is a storage") {
  StorageServer* server = azurite();
  if (server == nullptr) return;
  run_storage_suite([&] { return hf::retrying_storage(troubled(server->fresh()), without_waiting()); });
}

TEST_CASE("a prefix of an Azure container is a storage, and objects beside it are not visible") {
  const auto server = StorageServer::start("azure", "azurite");
  if (server) check_prefix(*server);
}

TEST_CASE("a prefix of an Azure container may be of any language") {
  StorageServer* server = azurite();
  if (server != nullptr) check_prefix_of_any_language(*server, {{"part_size", "64K"}}, 64U << 10);
}

TEST_CASE("blobs of many blocks are read back unchanged, at every size around a block's") {
  StorageServer* server = azurite();
  if (server == nullptr) return;
  const auto storage = server->fresh({{"part_size", "64K"}});
  check_sizes_around(*storage, 64U << 10);
  const hf::Bytes all = random_bytes(13 * (64U << 10) + 1, 12);  // put in blocks
  CHECK(storage->put_new("put", all) == hf::PutResult::created);
  CHECK(storage->put_new("put", all) == hf::PutResult::already_exists);
  CHECK(get(*storage, "put", all.size()) == all);
}

TEST_CASE("exactly one of the writers of blocks that race for a name wins, and the others leave no trace") {
  StorageServer* server = azurite();
  if (server != nullptr) check_race_of_uploads(*server->fresh({{"part_size", "64K"}}), 64U << 10);
}

TEST_CASE("a listing of several pages is complete and in order, also on Azure") {
  StorageServer* server = azurite();
  if (server != nullptr) check_many_pages(*server->fresh());
}

TEST_CASE("a missing container is reported, never treated as an empty one") {
  StorageServer* server = azurite();
  if (server == nullptr) return;
  check_error(error_of([&] { hf::open_storage("azblob://not-there", server->options()); }), hf::ErrorCode::not_found, "ContainerNotFound");
}

TEST_CASE("a wrong account key is reported in one line without a secret") {
  StorageServer* server = azurite();
  if (server == nullptr) return;
  hf::Options options = server->options();
  options["account_key"] = "Y2FuYXJ5";  // "canary"
  const hf::Error error = error_of([&] { hf::open_storage("azblob://bucket-1", options, hf::IfMissing::create); });
  // Azure itself answers AuthenticationFailed: azure_protocol_test.
  check_error(error, hf::ErrorCode::permission_denied, "403 AuthorizationFailure");
  CHECK(error.message().find("canary") == std::string::npos);
  CHECK(error.message().find("Y2FuYXJ5") == std::string::npos);
  CHECK(error.message().find('\n') == std::string::npos);
}
