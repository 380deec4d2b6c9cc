#include <doctest/doctest.h>

#include <chrono>

#include "conformance/storage_suite.hpp"
#include "holdfast/retrying.hpp"
#include "storage/decorators/faulty.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::as_bytes;
using hf::Bytes;
using Op = hf::StorageOperation;

namespace {

struct Waits {
  std::vector<std::chrono::milliseconds> all;
  hf::RetryPolicy policy() {
    hf::RetryPolicy policy;
    policy.wait = [this](std::chrono::milliseconds delay) { all.push_back(delay); };
    return policy;
  }
};

hf::FaultRule failing(hf::StorageOperation operation, std::uint64_t nth, hf::FaultEffect effect = hf::FaultEffect::fail) {
  return {.operation = operation, .nth = nth, .effect = effect, .code = hf::ErrorCode::network, .retryable = true, .call = {}};
}

}  // namespace

TEST_CASE("a put whose answer was lost is stored once, and returns created") {
  const auto memory = hf::memory_storage();
  Waits waits;
  const auto storage = hf::retrying_storage(
      hf::faulty_storage(memory, {.rules = {failing(Op::put, 1, hf::FaultEffect::ghost)}, .on_step = {}}), waits.policy());
  CHECK(storage->put_new("x", as_bytes("mine")) == hf::PutResult::created);
  CHECK(text(*memory, "x") == "mine");
  CHECK(waits.all.size() == 1);
}

TEST_CASE("a put whose answer was lost does not mistake another writer's object of that name for its own") {
  const auto memory = hf::memory_storage();
  Waits waits;
  auto rule = failing(Op::put, 1);
  std::shared_ptr<hf::Storage> faulty = hf::faulty_storage(memory, {.rules = {rule}, .on_step = {}});
  hf::RetryPolicy policy = waits.policy();
  policy.wait = [&](std::chrono::milliseconds) { memory->put_new("x", as_bytes("also")); };  // same size
  CHECK(hf::retrying_storage(faulty, policy)->put_new("x", as_bytes("mine")) == hf::PutResult::already_exists);
  CHECK(text(*memory, "x") == "also");
}

TEST_CASE("a put of a taken name is not retried") {
  const auto memory = hf::memory_storage();
  memory->put_new("x", as_bytes("mine"));
  Waits waits;
  CHECK(hf::retrying_storage(memory, waits.policy())->put_new("x", as_bytes("mine")) == hf::PutResult::already_exists);
  CHECK(waits.all.empty());
}

TEST_CASE("an error that a retry can't help fails at once") {
  auto rule = failing(Op::put, 0);
  rule.retryable = false;
  rule.code = hf::ErrorCode::no_space;
  Waits waits;
  const auto storage = hf::retrying_storage(hf::faulty_storage(hf::memory_storage(), {.rules = {rule}, .on_step = {}}), waits.policy());
  check_error(error_of([&] { storage->put_new("x", {}); }), hf::ErrorCode::no_space, "x");
  CHECK(waits.all.empty());
}

TEST_CASE("waits grow, stay below their limit, and end with the deadline") {
  Waits waits;
  auto policy = waits.policy();
  policy.first_delay = std::chrono::milliseconds(100);
  policy.longest_delay = std::chrono::milliseconds(1000);
  policy.deadline = std::chrono::seconds(20);
  const auto storage =
      hf::retrying_storage(hf::faulty_storage(hf::memory_storage(), {.rules = {failing(Op::stat, 0)}, .on_step = {}}), policy);
  const hf::Error error = error_of([&] { storage->stat("x"); });
  check_error(error, hf::ErrorCode::network, "tries");
  REQUIRE(waits.all.size() > 15);
  std::chrono::milliseconds total{0}, ceiling{100};
  for (const auto wait : waits.all) {
    CHECK(wait <= ceiling);
    total += wait;
    ceiling = std::min(ceiling * 2, policy.longest_delay);
  }
  CHECK(total <= policy.deadline);
}

TEST_CASE("a request to stop ends the wait") {
  std::stop_source stop;
  hf::RetryPolicy policy;
  policy.first_delay = std::chrono::hours(1);
  policy.longest_delay = std::chrono::hours(1);
  policy.deadline = std::chrono::hours(100);
  policy.stop = stop.get_token();
  const auto storage =
      hf::retrying_storage(hf::faulty_storage(hf::memory_storage(), {.rules = {failing(Op::stat, 0)}, .on_step = {}}), policy);
  stop.request_stop();
  check_error(error_of([&] { storage->stat("x"); }), hf::ErrorCode::cancelled, "cancelled");
}

TEST_CASE("a read resumes where its stream broke") {
  const auto memory = hf::memory_storage();
  const Bytes all = random_bytes(5000, 3);
  memory->put_new("x", all);
  hf::FaultPlan plan;
  for (std::uint64_t nth = 1; nth < 4; ++nth) {
    plan.rules.push_back(failing(Op::read, nth));
    plan.rules.back().offset = 100 * nth;
  }
  Waits waits;
  const auto storage = hf::retrying_storage(hf::faulty_storage(memory, plan), waits.policy());
  CHECK(hf::get(*storage, "x", all.size()) == all);
  CHECK(waits.all.size() == 3);
}

TEST_CASE("a listing that breaks shows each object once") {
  const auto memory = hf::memory_storage();
  for (const char* name : {"a", "b", "c"}) memory->put_new(name, {});
  class Breaking final : public hf::Storage {
   public:
    explicit Breaking(std::shared_ptr<hf::Storage> inner) : inner_(std::move(inner)) {}
    std::string uri() const override { return "test:"; }
    hf::StorageCaps caps() const override { return {}; }
    hf::PutResult put_new(std::string_view name, hf::ByteView bytes) override { return inner_->put_new(name, bytes); }
    std::unique_ptr<hf::Writer> open_writer(std::string_view name) override { return inner_->open_writer(name); }
    std::unique_ptr<hf::Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
      return inner_->open_reader(name, offset, length);
    }
    std::optional<hf::ObjectInfo> stat(std::string_view name) override { return inner_->stat(name); }
    void remove(std::string_view name) override { inner_->remove(name); }
    void list(std::string_view prefix, const std::function<bool(const hf::ObjectInfo&)>& visit) override {
      int left = ++calls_;
      inner_->list(prefix, [&](const hf::ObjectInfo& info) {
        if (left-- == 0) throw hf::Error(hf::ErrorCode::network, "cut", true);
        return visit(info);
      });
    }

   private:
    std::shared_ptr<hf::Storage> inner_;
    int calls_ = 0;
  };
  Waits waits;
  const auto storage = hf::retrying_storage(std::make_shared<Breaking>(memory), waits.policy());
  CHECK(names(*storage) == std::vector<std::string>{"a", "b", "c"});
  CHECK(waits.all.size() == 2);
}

TEST_CASE("a long stream whose commit had no answer is recognised by its bytes") {
  const auto memory = hf::memory_storage();
  Waits waits;
  auto policy = waits.policy();
  policy.replay_bytes = 10;
  const Bytes all = random_bytes(1000, 4);
  SUBCASE("it is there") {
    const auto storage = hf::retrying_storage(
        hf::faulty_storage(memory, {.rules = {failing(Op::commit, 1, hf::FaultEffect::ghost)}, .on_step = {}}), policy);
    const auto writer = storage->open_writer("x");
    writer->write(all);
    writer->commit();
    CHECK(hf::get(*memory, "x", 1000) == all);
  }
  SUBCASE("it is not there") {
    const auto storage = hf::retrying_storage(hf::faulty_storage(memory, {.rules = {failing(Op::commit, 1)}, .on_step = {}}), policy);
    const auto writer = storage->open_writer("x");
    writer->write(all);
    check_error(error_of([&] { writer->commit(); }), hf::ErrorCode::network, "x");
  }
  SUBCASE("another's is there") {
    memory->put_new("x", random_bytes(1000, 5));
    const auto storage = hf::retrying_storage(hf::faulty_storage(memory, {.rules = {failing(Op::commit, 1)}, .on_step = {}}), policy);
    const auto writer = storage->open_writer("x");
    writer->write(all);
    check_error(error_of([&] { writer->commit(); }), hf::ErrorCode::network, "x");
  }
}
