#include <doctest/doctest.h>

#include "conformance/storage_suite.hpp"
#include "holdfast/tiered.hpp"
#include "storage/decorators/faulty.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::as_bytes;
using hf::Bytes;

namespace {

/// The machine's clock, some hours ahead.
class LaterClock final : public hf::Clock {
 public:
  explicit LaterClock(std::chrono::hours by) : by_(by) {}
  hf::TimePoint now() const override { return hf::system_clock().now() + by_; }

 private:
  std::chrono::hours by_;
};

struct Tiers {
  std::shared_ptr<hf::Storage> hot = hf::memory_storage(), cold = hf::memory_storage();
  std::shared_ptr<hf::TieredStorage> both = hf::tiered_storage(hot, cold);
  hf::TierReport move(std::chrono::hours later, hf::TieredStorage* through = nullptr) const {
    const LaterClock clock(later);
    hf::Context context;
    context.host.clock = &clock;
    return (through != nullptr ? through : both.get())->move_old({.age = std::chrono::hours(24), .prefixes = {"packs/"}}, context);
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a tiered storage passes the shared suite") {
  run_storage_suite([] { return hf::tiered_storage(hf::memory_storage(), hf::memory_storage()); });
}

TEST_CASE("old packs move to the cold storage and are read from there; the rest stays") {
  const Tiers tiers;
  const Bytes pack = random_bytes(100'000, 1);
  tiers.both->put_new("packs/00/a", pack);
  tiers.both->put_new("backups/b", as_bytes("record"));
  CHECK(tiers.move(std::chrono::hours(23)).moved_objects == 0);
  const auto reader = tiers.both->open_reader("packs/00/a", 5, 10);
  CHECK(tiers.move(std::chrono::hours(25)).moved_bytes == pack.size());
  CHECK(names(*tiers.hot) == Names{"backups/b"});
  CHECK(names(*tiers.cold) == Names{"packs/00/a"});
  CHECK(names(*tiers.both) == Names{"backups/b", "packs/00/a"});
  CHECK(hf::get(*tiers.both, "packs/00/a", pack.size()) == pack);
  CHECK(hf::read_all(*reader, 10) == Bytes(pack.begin() + 5, pack.begin() + 15));
  CHECK(tiers.both->cold_objects("packs/").size() == 1);
  CHECK(tiers.both->put_new("packs/00/a", {}) == hf::PutResult::already_exists);
  tiers.both->remove("packs/00/a");
  CHECK(names(*tiers.both) == Names{"backups/b"});
}

TEST_CASE("an object that is removed during its move stays removed") {
  const Tiers tiers;
  tiers.both->put_new("packs/00/a", as_bytes("x"));
  hf::FaultPlan plan;
  plan.rules.push_back(
      {.operation = hf::StorageOperation::commit, .effect = hf::FaultEffect::call, .call = [&] { tiers.both->remove("packs/00/a"); }});
  const auto moving = hf::tiered_storage(tiers.hot, hf::faulty_storage(tiers.cold, plan));
  CHECK(tiers.move(std::chrono::hours(25), moving.get()).moved_objects == 0);
  CHECK(names(*tiers.both).empty());
}

TEST_CASE("a later mover finishes an object that a dead one left in both storages") {
  const Tiers tiers;
  tiers.both->put_new("packs/00/a", as_bytes("x"));
  tiers.cold->put_new("packs/00/a", as_bytes("x"));
  CHECK(names(*tiers.both) == Names{"packs/00/a"});
  CHECK(tiers.both->cold_objects("").empty());
  CHECK(tiers.move(std::chrono::hours(25)).moved_objects == 1);
  CHECK(names(*tiers.hot).empty());
  CHECK(text(*tiers.both, "packs/00/a") == "x");
}

TEST_CASE("an error of the cold storage says that the object may need a restore from the archive") {
  const Tiers tiers;
  tiers.cold->put_new("packs/00/a", as_bytes("x"));
  hf::FaultPlan plan;
  plan.rules.push_back(
      {.operation = hf::StorageOperation::read, .effect = hf::FaultEffect::ghost, .code = hf::ErrorCode::unsupported, .call = {}});
  const auto frozen = hf::tiered_storage(tiers.hot, hf::faulty_storage(tiers.cold, plan));
  check_error(error_of([&] { frozen->open_reader("packs/00/a"); }), hf::ErrorCode::unsupported, "restore from the archive");
}
