#include "conformance/storage_suite.hpp"
#include "conformance/troubled.hpp"

#include "holdfast/quota.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/retrying.hpp"
#include "holdfast/throttled.hpp"
#include "storage/decorators/faulty.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

std::vector<hf::Replica> replicas(const std::vector<std::shared_ptr<hf::Storage>>& storages) {
  std::vector<hf::Replica> all;
  for (const auto& storage : storages) all.push_back({storage->uri(), storage, ""});
  return all;
}

}  // namespace

TEST_CASE("a retrying storage is a storage, over one without trouble") {
  run_storage_suite([] { return hf::retrying_storage(hf::memory_storage()); });
}

TEST_CASE("a throttled storage is a storage") {
  run_storage_suite([] { return hf::throttled_storage(hf::memory_storage(), {.up = 1U << 30, .down = 1U << 30}); });
}

TEST_CASE("a storage with a quota is a storage") {
  run_storage_suite([] { return hf::quota_storage(hf::memory_storage(), {.limit_bytes = 1U << 20, .warn = {}}); });
}

TEST_CASE("three memory storages as one are a storage") {
  run_storage_suite([] {
    return hf::replicated_storage(replicas({hf::memory_storage(), hf::memory_storage(), hf::memory_storage()}), 0, hf::ReplicaUse::create);
  });
}

TEST_CASE("two folders as one are a storage") {
  const TempDirectory directory;
  run_storage_suite([&] {
    const std::string root = directory.path().string();
    return hf::open_replicated({{root + "/a", {}}, {root + "/b", {}}}, 2, hf::ReplicaUse::create);
  });
}

TEST_CASE("three storages as one are a storage while one of them fails") {
  for (const std::size_t broken : {0, 1, 2}) {
    CAPTURE(broken);
    run_storage_suite([broken] {
      std::vector<std::shared_ptr<hf::Storage>> storages = {hf::memory_storage(), hf::memory_storage(), hf::memory_storage()};
      hf::replicated_storage(replicas(storages), 0, hf::ReplicaUse::create);
      hf::FaultPlan plan;
      for (const auto operation : {hf::StorageOperation::put, hf::StorageOperation::commit})
        plan.rules.push_back({.operation = operation, .name = "[!.]*", .nth = 1, .effect = hf::FaultEffect::fail, .call = {}});
      storages[broken] = hf::faulty_storage(storages[broken], plan);
      return hf::replicated_storage(replicas(storages), 0, hf::ReplicaUse::open);
    });
  }
}

TEST_CASE("three troubled storages with retries are a storage together") {
  run_storage_suite([] {
    std::vector<std::shared_ptr<hf::Storage>> storages;
    for (int copy = 0; copy < 3; ++copy) storages.push_back(retried_in_trouble(hf::memory_storage()));
    return hf::replicated_storage(replicas(storages), 0, hf::ReplicaUse::create);
  });
}
