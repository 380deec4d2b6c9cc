// Tests every kind of storage again, with faults and retries. Other files test each without them.
#include "conformance/storage_suite.hpp"
#include "conformance/troubled.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/tiered.hpp"
#include "support/budget.hpp"
#include "support/sftp_server.hpp"
#include "support/storage_server.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

int folders = 0;

void check_s3(const std::string& kind) {
  const auto server = StorageServer::start("s3", kind);
  if (!server) return;
  run_storage_suite([&] { return retried_in_trouble(server->fresh()); });
}

std::shared_ptr<hf::Storage> three_memories() {
  std::vector<hf::Replica> replicas;
  for (const char* uri : {"memory:a", "memory:b", "memory:c"}) replicas.push_back({uri, hf::memory_storage(), ""});
  return hf::replicated_storage(std::move(replicas), 0, hf::ReplicaUse::create);
}

}  // namespace

TEST_CASE("memory is a storage with faults and retries") {
  run_storage_suite([] { return retried_in_trouble(hf::memory_storage()); });
}

TEST_CASE("files are a storage with faults and retries") {
  const TempDirectory directory;
  run_storage_suite([&] { return retried_in_trouble(hf::open_storage(directory.path().string())); });
}

TEST_CASE("an S3 server that checks signatures is a storage with faults and retries") { check_s3("versitygw"); }

TEST_CASE("an S3 server of another family is a storage with faults and retries") { check_s3("gofakes3"); }

TEST_CASE("an SFTP server is a storage with faults and retries") {
  if (!hf::test::is_long_run()) return;  // an ssh for each of hundreds of storages
  static const SftpServer server;
  if (!server.runs()) return;
  const TempDirectory directory(memory_directory());
  run_storage_suite([&] {
    const std::string path = directory.path().string() + "/" + std::to_string(++folders);
    return retried_in_trouble(hf::open_storage(server.uri(path), {}, hf::IfMissing::create));
  });
}

TEST_CASE("a program is a storage with faults and retries") {
  if (!hf::test::is_long_run()) return;  // processes for each of thousands of calls
  const TempDirectory directory(memory_directory());
  run_storage_suite([&] {
    return retried_in_trouble(
        hf::open_storage("command:" HOLDFAST_SOURCE_DIR "/examples/command_storage/folder.sh '" + directory.path().string() + "/objects'"));
  });
}

TEST_CASE("three storages as one are a storage with faults and retries") {
  run_storage_suite([] { return retried_in_trouble(three_memories()); });
}

TEST_CASE("hot and cold together are a storage with faults and retries, and so are their parts") {
  run_storage_suite([] {
    return retried_in_trouble(hf::tiered_storage(retried_in_trouble(hf::memory_storage()), retried_in_trouble(hf::memory_storage())));
  });
}

TEST_CASE("a storage with every option that all storages take is a storage") {
  const TempDirectory directory;
  run_storage_suite([&] {
    const std::string place = directory.path().string() + "/" + std::to_string(++folders);
    return hf::open_storage(place, {{"quota", "1G"}, {"limit_up", "1G"}, {"limit_down", "1G"}, {"cold", place + "-cold"}},
                            hf::IfMissing::create);
  });
}
