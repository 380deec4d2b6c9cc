// Writers, collectors, removers and readers of one repository run against each other. A seed decides their order,
// deaths, pauses and wrong clocks. HOLDFAST_SEED=n runs one seed of each layout and prints all events; HOLDFAST_SEEDS=n
// sets the number of seeds.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "storage/decorators/faulty.hpp"
#include "support/budget.hpp"
#include "support/simulator.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::strtoull(text, nullptr, 10));
}

void simulate(const LayoutKit& kit, const std::string& what, const SimulatorOptions& options) {
  Simulator simulator(kit, options);
  if (const auto seed = number_from("HOLDFAST_SEED")) {
    std::cout << kit.name << ", " << what << ", seed " << *seed << "\n" << simulator.trace(*seed);
    CHECK(simulator.run(*seed) == "");
    return;
  }
  const std::uint64_t seeds = number_from("HOLDFAST_SEEDS").value_or(is_long_run() ? 2000 : 200);
  const auto begun = std::chrono::steady_clock::now();
  std::uint64_t failed = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::string problem = simulator.run(seed);
    if (problem.empty()) continue;
    if (failed++ == 0)
      FAIL_CHECK(kit.name << ", " << what << ": seed " << seed << ": " << problem << "\n" << simulator.trace(seed));
    else if (failed < 10)
      MESSAGE("also seed " << seed << ": " << problem);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  MESSAGE(kit.name << ", " << what << ": " << seeds << " seeds, " << failed << " failed, " << simulator.operations() << " operations, "
                   << static_cast<std::uint64_t>(static_cast<double>(seeds) / seconds.count()) << " seeds/s");
}

}  // namespace

TEST_CASE("no order of events loses a committed backup, lists a torn one, or leaves objects for ever") {
  for (const LayoutKit& kit : layout_kits()) {
    simulate(kit, "one clock", {.skew = false});
    simulate(kit, "wrong clocks", {});
    simulate(kit, "stale lists for readers", {.stale = StaleLists::for_readers});
  }
}

TEST_CASE("objects that somebody puts without a key at any time lose, hide and stop nothing") {
  for (const LayoutKit& kit : layout_kits()) simulate(kit, "forgers", {.forgers = 3});
}

TEST_CASE("a collector that puts no fence is detected") {
  LayoutKit kit = layout_kits().front();
  kit.open = [open = kit.open](const std::shared_ptr<Storage>& storage, Context& context) {
    const FaultRule no_fence{.operation = StorageOperation::put, .name = "sessions/*.collect.json", .effect = FaultEffect::phantom};
    return open(faulty_storage(storage, {.rules = {no_fence}, .on_step = {}}), context);
  };
  Simulator simulator(kit);
  std::uint64_t seed = 1;
  while (seed < 10'000 && simulator.run(seed) == "") ++seed;
  MESSAGE("by seed " << seed << ": " << simulator.run(seed));
  CHECK(simulator.run(seed) != "");
}

TEST_CASE("the same seed gives the same events") {
  for (const LayoutKit& kit : layout_kits()) {
    Simulator simulator(kit);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) CHECK(simulator.trace(seed) == simulator.trace(seed));
  }
}
