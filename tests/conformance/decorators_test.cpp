#include "conformance/storage_suite.hpp"

#include "holdfast/storages.hpp"
#include "storage/decorators/faulty.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

hf::RetryPolicy without_waiting() {
  hf::RetryPolicy policy;
  policy.wait = [](std::chrono::milliseconds) {};
  return policy;
}

/// Every third call of each kind fails in a way that another try helps, half of them after their effect.
std::shared_ptr<hf::Storage> troubled(std::shared_ptr<hf::Storage> inner) {
  using Op = hf::StorageOperation;
  hf::FaultPlan plan;
  for (const auto operation : {Op::put, Op::commit, Op::stat, Op::list, Op::remove, Op::read})
    for (std::uint64_t nth = 2; nth < 400; nth += 3) {
      const auto effect = nth % 2 == 0 && operation != Op::read && operation != Op::commit ? hf::FaultEffect::ghost : hf::FaultEffect::fail;
      plan.rules.push_back(
          {.operation = operation, .nth = nth, .effect = effect, .code = hf::ErrorCode::network, .retryable = true, .call = {}});
    }
  return hf::faulty_storage(std::move(inner), std::move(plan));
}

std::vector<hf::Replica> replicas(const std::vector<std::shared_ptr<hf::Storage>>& storages) {
  std::vector<hf::Replica> all;
  for (const auto& storage : storages) all.push_back({storage->uri(), storage, ""});
  return all;
}

}  // namespace

TEST_CASE("a retrying storage is a storage, over one without trouble") {
  run_storage_suite([] { return hf::retrying_storage(hf::memory_storage()); });
}

TEST_CASE("a retrying storage over one whose calls fail, before or after their effect, is a storage") {
  run_storage_suite([] { return hf::retrying_storage(troubled(hf::memory_storage()), without_waiting()); });
}

TEST_CASE("a retrying storage over troubled files is a storage") {
  const TempDirectory directory;
  run_storage_suite([&] { return hf::retrying_storage(troubled(hf::open_storage(directory.path().string())), without_waiting()); });
}

TEST_CASE("a throttled storage is a storage") {
  run_storage_suite([] { return hf::throttled_storage(hf::memory_storage(), {.up = 1U << 30, .down = 1U << 30}); });
}

TEST_CASE("a storage with a quota is a storage") {
  run_storage_suite([] { return hf::quota_storage(hf::memory_storage(), {.limit_bytes = 1U << 20, .warn = {}}); });
}

TEST_CASE("three memories as one are a storage") {
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

TEST_CASE("three troubled storages, each tried again, are a storage together") {
  run_storage_suite([] {
    std::vector<std::shared_ptr<hf::Storage>> storages;
    for (int copy = 0; copy < 3; ++copy) storages.push_back(hf::retrying_storage(troubled(hf::memory_storage()), without_waiting()));
    return hf::replicated_storage(replicas(storages), 0, hf::ReplicaUse::create);
  });
}
