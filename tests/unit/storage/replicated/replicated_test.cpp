#include <doctest/doctest.h>

#include <random>
#include <thread>

#include "conformance/storage_suite.hpp"
#include "holdfast/context.hpp"
#include "holdfast/replicated.hpp"
#include "storage/decorators/faulty.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::as_bytes;
using hf::Bytes;
using Op = hf::StorageOperation;
using State = hf::ReplicaStatus::State;

namespace {

/// A storage that can be turned off.
class Switched final : public hf::Storage {
 public:
  explicit Switched(std::shared_ptr<hf::Storage> inner, std::string uri) : inner_(std::move(inner)), uri_(std::move(uri)) {}
  std::atomic<bool> on{true};

  std::string uri() const override { return uri_; }
  hf::StorageCaps caps() const override { return inner_->caps(); }
  hf::PutResult put_new(std::string_view name, hf::ByteView bytes) override { return up().put_new(name, bytes); }
  std::unique_ptr<hf::Writer> open_writer(std::string_view name) override { return up().open_writer(name); }
  std::unique_ptr<hf::Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return up().open_reader(name, offset, length);
  }
  std::optional<hf::ObjectInfo> stat(std::string_view name) override { return up().stat(name); }
  void list(std::string_view prefix, const std::function<bool(const hf::ObjectInfo&)>& visit) override { up().list(prefix, visit); }
  void remove(std::string_view name) override { up().remove(name); }

 private:
  hf::Storage& up() {
    if (!on) throw hf::Error(hf::ErrorCode::network, uri_ + " is off");
    return *inner_;
  }
  std::shared_ptr<hf::Storage> inner_;
  std::string uri_;
};

/// N memory storages, and sets of them.
struct Copies {
  explicit Copies(int count) {
    for (int number = 0; number < count; ++number) {
      plain.push_back(hf::memory_storage());
      switched.push_back(std::make_shared<Switched>(plain.back(), std::string("copy:") + static_cast<char>('a' + number)));
    }
  }
  std::shared_ptr<hf::ReplicatedStorage> open(hf::ReplicaUse use = hf::ReplicaUse::open, unsigned quorum = 0) const {
    std::vector<hf::Replica> replicas;
    for (const auto& storage : switched) replicas.push_back({storage->uri(), storage, ""});
    return hf::replicated_storage(std::move(replicas), quorum, use);
  }
  /// Returns the objects of one copy by itself, without those of the set.
  std::vector<std::string> alone(std::size_t number) const {
    std::vector<std::string> found = names(*plain[number]);
    std::erase_if(found, [](const std::string& name) { return name.starts_with(".replicas/"); });
    return found;
  }
  std::vector<std::shared_ptr<hf::Storage>> plain;
  std::vector<std::shared_ptr<Switched>> switched;
};

std::vector<State> states(hf::ReplicatedStorage& set) {
  std::vector<State> all;
  for (const auto& copy : set.status()) all.push_back(copy.state);
  return all;
}

hf::ReplicaRepairReport repair(hf::ReplicatedStorage& set, const hf::ReplicaRepairOptions& options = {}) {
  hf::Context context;
  return set.repair(options, context);
}

using Names = std::vector<std::string>;
constexpr auto kSync = State::in_sync;

}  // namespace

TEST_CASE("with one of three storages gone, new objects are on the others, and the third is known to be behind") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  CHECK(set->quorum() == 2);
  set->put_new("before", as_bytes("1"));
  copies.switched[1]->on = false;
  set->put_new("during", as_bytes("2"));
  copies.switched[1]->on = true;
  set->put_new("after", as_bytes("3"));
  CHECK(copies.alone(0) == Names{"after", "before", "during"});
  CHECK(copies.alone(1) == Names{"before"});  // as if a writer had died
  CHECK(copies.alone(2) == Names{"after", "before", "during"});
  CHECK(states(*set) == std::vector{kSync, State::unreachable, kSync});

  const auto later = copies.open();
  CHECK(states(*later) == std::vector{kSync, State::behind, kSync});
  CHECK(names(*later) == Names{"after", "before", "during"});
  const auto report = repair(*later);
  CHECK(report.copied_objects == 2);
  CHECK(report.problems.empty());
  CHECK(states(*copies.open()) == std::vector{kSync, kSync, kSync});
  for (std::size_t copy = 0; copy < 3; ++copy) CHECK(copies.alone(copy) == Names{"after", "before", "during"});
  CHECK(text(*copies.plain[1], "during") == "2");
}

TEST_CASE("a stream is written to all storages in one pass, and to the remaining ones if one fails in the middle") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  const Bytes all = random_bytes(1U << 20, 9);
  const auto writer = set->open_writer("x");
  writer->write(hf::ByteView(all).first(1000));
  writer->write(hf::ByteView(all).subspan(1000, 500'000));
  copies.switched[0]->on = false;
  writer->write(hf::ByteView(all).subspan(501'000));
  CHECK(names(*copies.plain[1]).size() == 4);  // its id and the members
  writer->commit();
  CHECK(hf::get(*copies.plain[1], "x", all.size()) == all);
  CHECK(hf::get(*copies.plain[2], "x", all.size()) == all);
}

TEST_CASE("below its quorum nothing is stored and nothing is removed") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  set->put_new("kept", {});
  copies.switched[0]->on = false;
  copies.switched[2]->on = false;
  const hf::Error error = error_of([&] { set->put_new("x", {}); });
  check_error(error, hf::ErrorCode::network, "copy:a");
  check_error(error, hf::ErrorCode::network, "only 1 of 3");
  error_of([&] { set->remove("kept"); });
  error_of([&] { copies.open(); });
  for (const auto& copy : copies.switched) copy->on = true;
  CHECK(names(*copies.open()) == Names{"kept"});
}

TEST_CASE("a removed object does not come back with a storage that missed its removal") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  set->put_new("gone", {});
  set->put_new("kept", {});
  copies.switched[0]->on = false;
  set->remove("gone");
  copies.switched[0]->on = true;
  const auto later = copies.open();
  CHECK(names(*later) == Names{"kept"});
  CHECK_FALSE(later->stat("gone").has_value());
  check_error(error_of([&] { later->open_reader("gone"); }), hf::ErrorCode::not_found, "gone");
  CHECK(repair(*later).removed_objects == 1);
  CHECK(copies.alone(0) == Names{"kept"});
}

TEST_CASE("a set that was opened before a storage fell behind notices it") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  set->put_new("gone", {});
  const auto other = copies.open();
  copies.switched[0]->on = false;
  set->remove("gone");
  set->put_new("new", {});
  copies.switched[0]->on = true;
  CHECK_FALSE(other->stat("gone").has_value());
  CHECK(other->stat("new").has_value());
  CHECK(names(*other) == Names{"new"});
  CHECK(states(*other) == std::vector{State::behind, kSync, kSync});
}

TEST_CASE("at most one of several writers that reach different storages gets a name") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  int both_failed = 0;
  for (int round = 0; round < 200; ++round) {
    const Copies copies(3);
    copies.open(hf::ReplicaUse::create);
    std::atomic<int> winners{0};
    std::string winner;
    std::mutex mutex;
    std::vector<std::shared_ptr<hf::ReplicatedStorage>> sets;
    for (int writer = 0; writer < 3; ++writer) {
      // Each writer loses at most one storage, at one of its first calls of a kind.
      std::vector<hf::Replica> replicas;
      const std::size_t lost = random() % 4;
      for (std::size_t copy = 0; copy < 3; ++copy) {
        hf::FaultPlan plan;
        const auto effect = random() % 2 == 0 ? hf::FaultEffect::fail : hf::FaultEffect::ghost;
        if (copy == lost) plan.rules.push_back({.operation = Op::put, .effect = effect, .code = hf::ErrorCode::network, .call = {}});
        replicas.push_back({copies.switched[copy]->uri(), hf::faulty_storage(copies.plain[copy], plan), ""});
      }
      sets.push_back(hf::replicated_storage(std::move(replicas), 0, hf::ReplicaUse::open));
    }
    std::atomic<int> waiting{3};
    std::vector<std::thread> threads;
    for (int writer = 0; writer < 3; ++writer)
      threads.emplace_back([&, writer] {
        for (--waiting; waiting > 0;) std::this_thread::yield();
        const std::string mine = "writer " + std::to_string(writer);
        try {
          if (sets[static_cast<std::size_t>(writer)]->put_new("name", as_bytes(mine)) != hf::PutResult::created) return;
          ++winners;
          const std::lock_guard lock(mutex);
          winner = mine;
        } catch (const hf::Error&) {  // too few storages: it did not get the name
        }
      });
    for (std::thread& thread : threads) thread.join();
    CAPTURE(round);
    CHECK(winners <= 1);
    if (winners == 0) ++both_failed;
    if (winners == 1) {
      const auto set = copies.open();
      CHECK(text(*set, "name") == winner);
      CHECK(repair(*set).problems.empty());
      for (const auto& copy : copies.plain) CHECK(text(*copy, "name") == winner);
    }
  }
  CHECK(both_failed < 200);
}

TEST_CASE("a writer that did not notice a repair does not count the repaired storage") {
  const Copies copies(3);
  copies.open(hf::ReplicaUse::create);
  // The first storage accepts the object. Then the writer sleeps; the storage is considered behind and repaired, which
  // removes the object.
  std::vector<hf::Replica> replicas;
  for (std::size_t copy = 0; copy < 3; ++copy) {
    hf::FaultPlan plan;
    if (copy == 0)
      plan.on_step = [&](const hf::StorageStep& step) {
        if (!step.after || step.operation != Op::put || step.name != "x") return;
        copies.switched[0]->on = false;
        copies.open()->put_new("y", {});
        copies.switched[0]->on = true;
        CHECK(repair(*copies.open()).problems.empty());
        CHECK(copies.alone(0) == Names{"y"});
      };
    replicas.push_back({copies.switched[copy]->uri(), hf::faulty_storage(copies.switched[copy], plan), ""});
  }
  const auto set = hf::replicated_storage(std::move(replicas), 0, hf::ReplicaUse::open);
  CHECK(set->put_new("x", as_bytes("1")) == hf::PutResult::created);
  CHECK(states(*set) == std::vector{State::behind, kSync, kSync});
  CHECK(states(*copies.open()) == std::vector{State::behind, kSync, kSync});
  repair(*copies.open());
  CHECK(copies.alone(0) == Names{"x", "y"});
}

TEST_CASE("a removal during a repair is not undone by it") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  copies.switched[2]->on = false;
  set->put_new("gone", {});
  copies.switched[2]->on = true;
  // The repair has read "gone" on the first storage when it is removed there.
  std::vector<hf::Replica> replicas;
  for (std::size_t copy = 0; copy < 3; ++copy) {
    hf::FaultPlan plan;
    if (copy == 2)
      plan.rules.push_back(
          {.operation = Op::commit, .name = "gone", .nth = 1, .effect = hf::FaultEffect::call, .call = [&] { set->remove("gone"); }});
    replicas.push_back({copies.switched[copy]->uri(), hf::faulty_storage(copies.switched[copy], plan), ""});
  }
  repair(*hf::replicated_storage(std::move(replicas), 0, hf::ReplicaUse::open));
  const auto later = copies.open();
  CHECK_FALSE(later->stat("gone").has_value());
  repair(*later);
  CHECK(copies.alone(2).empty());
}

TEST_CASE("damaged bytes are replaced by those of the others") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  set->put_new("x", as_bytes("right"));
  copies.plain[1]->remove("x");
  copies.plain[1]->put_new("x", as_bytes("wrong"));  // same size: only reading finds it
  CHECK(repair(*set).replaced_objects == 0);
  const auto report = repair(*set, {.every_byte = true, .forget = {}, .report = {}});
  CHECK(report.replaced_objects == 1);
  CHECK(report.problems.empty());
  CHECK(text(*copies.plain[1], "x") == "right");
  CHECK(states(*copies.open()) == std::vector{kSync, kSync, kSync});
}

TEST_CASE("with two storages, a hash in the name decides, and without one nothing is guessed") {
  const Copies copies(2);
  const auto set = copies.open(hf::ReplicaUse::create);
  const std::string named = "packs/00/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";  // hash of "hello"
  set->put_new(named, as_bytes("hello"));
  set->put_new("other", as_bytes("hello"));
  for (const std::string& name : {named, std::string("other")}) {
    copies.plain[0]->remove(name);
    copies.plain[0]->put_new(name, as_bytes("hell"));
  }
  const auto report = repair(*set);
  CHECK(text(*copies.plain[0], named) == "hello");
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].find("other") != std::string::npos);
  CHECK(text(*copies.plain[0], "other") == "hell");
}

TEST_CASE("an object that one storage lost unnoticed is put back") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  set->put_new("x", as_bytes("1"));
  copies.plain[0]->remove("x");
  CHECK(set->stat("x").has_value());
  CHECK(text(*set, "x") == "1");
  CHECK(names(*set) == Names{"x"});
  CHECK(repair(*set).copied_objects == 1);
  CHECK(text(*copies.plain[0], "x") == "1");
}

TEST_CASE("a read continues with another storage if one fails") {
  const Copies copies(3);
  const auto set = copies.open(hf::ReplicaUse::create);
  const Bytes all = random_bytes(10'000, 2);
  set->put_new("x", all);
  hf::FaultPlan plan;
  plan.rules.push_back(
      {.operation = Op::read, .name = "x", .effect = hf::FaultEffect::fail, .code = hf::ErrorCode::io, .offset = 777, .call = {}});
  std::vector<hf::Replica> replicas;
  for (std::size_t copy = 0; copy < 3; ++copy)
    replicas.push_back({copies.switched[copy]->uri(), copy == 2 ? copies.plain[copy] : hf::faulty_storage(copies.plain[copy], plan), ""});
  const auto broken = hf::replicated_storage(std::move(replicas), 0, hf::ReplicaUse::open);
  CHECK(hf::get(*broken, "x", all.size()) == all);
}

TEST_CASE("a repair adds an empty storage to a repository that had one") {
  const Copies copies(2);
  copies.plain[0]->put_new("x", as_bytes("1"));
  check_error(error_of([&] { copies.open(); }), hf::ErrorCode::invalid_argument, "holdfast repair");
  const auto set = copies.open(hf::ReplicaUse::repair);
  CHECK(states(*set) == std::vector{kSync, State::behind});
  error_of([&] { set->put_new("y", {}); });
  CHECK(repair(*set).copied_objects == 1);
  CHECK(text(*copies.plain[1], "x") == "1");
  copies.open()->put_new("y", {});
  CHECK(copies.alone(1) == Names{"x", "y"});
}

TEST_CASE("a missing member of the set is reported, and can be forgotten") {
  Copies copies(3);
  copies.open(hf::ReplicaUse::create)->put_new("x", {});
  copies.switched.pop_back();
  const auto set = copies.open();
  REQUIRE(set->status().size() == 3);
  CHECK(set->status()[2].state == State::missing);
  set->put_new("y", {});
  repair(*set, {.every_byte = false, .forget = {set->status()[2].id}, .report = {}});
  const auto later = copies.open();
  CHECK(states(*later) == std::vector{kSync, kSync});
  CHECK(later->quorum() == 2);
}

TEST_CASE("storages that are not a set of copies are refused") {
  const Copies copies(2);
  copies.open(hf::ReplicaUse::create);
  const auto open = [](std::vector<std::shared_ptr<hf::Storage>> storages, unsigned quorum, hf::ReplicaUse use) {
    std::vector<hf::Replica> replicas;
    for (const auto& storage : storages) replicas.push_back({storage->uri(), storage, ""});
    return hf::replicated_storage(std::move(replicas), quorum, use);
  };
  const auto refused = [&](const std::vector<std::shared_ptr<hf::Storage>>& storages, unsigned quorum, hf::ReplicaUse use,
                           const char* why) {
    check_error(error_of([&] { open(storages, quorum, use); }), hf::ErrorCode::invalid_argument, why);
  };
  refused({copies.plain[0], copies.plain[0]}, 0, hf::ReplicaUse::open, "one storage");
  refused({copies.plain[0], copies.plain[1]}, 1, hf::ReplicaUse::open, "two writers");
  refused({copies.plain[0], copies.plain[1]}, 3, hf::ReplicaUse::open, "can't be");
  const auto full = hf::memory_storage(), other = hf::memory_storage();
  full->put_new("x", {});
  other->put_new("x", {});
  refused({copies.plain[0], copies.plain[1], full}, 0, hf::ReplicaUse::repair, "holds objects");
  refused({full, other}, 0, hf::ReplicaUse::repair, "both hold objects");
  refused({full, hf::memory_storage()}, 0, hf::ReplicaUse::create, "holds objects already");
  refused({}, 0, hf::ReplicaUse::create, "needs storages");
  check_error(error_of([&] { copies.open()->put_new(".replicas/id", {}); }), hf::ErrorCode::invalid_argument, ".replicas");
}
