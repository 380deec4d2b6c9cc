#include "storage/decorators/faulty.hpp"

#include "conformance/storage_suite.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using hf::as_bytes;
using hf::Bytes;
using Op = hf::StorageOperation;
using Effect = hf::FaultEffect;

namespace {

struct FaultRig {
  std::shared_ptr<hf::Storage> inner = hf::memory_storage();
  std::shared_ptr<hf::Storage> faulty;
  explicit FaultRig(hf::FaultRule rule) : faulty(hf::faulty_storage(inner, {.rules = {std::move(rule)}})) {}
};

void stream(hf::Storage& storage, std::string_view name, std::string_view one, std::string_view two) {
  const auto writer = storage.open_writer(name);
  writer->write(hf::as_bytes(one));
  writer->write(hf::as_bytes(two));
  writer->commit();
}

}  // namespace

TEST_CASE("a failed operation has no effect, and throws the given code") {
  FaultRig rig({.operation = Op::put, .code = hf::ErrorCode::network, .retryable = true});
  const hf::Error error = error_of([&] { rig.faulty->put_new("x", hf::as_bytes("1")); });
  check_error(error, hf::ErrorCode::network, "x");
  CHECK(error.retryable());
  CHECK(names(*rig.inner).empty());
}

TEST_CASE("a rule hits only the nth call of a name pattern") {
  FaultRig rig({.operation = Op::put, .name = "packs/*", .nth = 2});
  rig.faulty->put_new("index/1", {});
  rig.faulty->put_new("packs/1", {});
  rig.faulty->put_new("index/2", {});
  CHECK_THROWS_AS(rig.faulty->put_new("packs/a/2", {}), hf::Error);
  rig.faulty->put_new("packs/3", {});
  CHECK(names(*rig.inner) == std::vector<std::string>{"index/1", "index/2", "packs/1", "packs/3"});
}

TEST_CASE("a ghost success is done but reported failed") {
  SUBCASE("put") {
    FaultRig rig({.operation = Op::put, .effect = Effect::ghost});
    CHECK_THROWS_AS(rig.faulty->put_new("x", hf::as_bytes("1")), hf::Error);
    CHECK(text(*rig.inner, "x") == "1");
  }
  SUBCASE("commit") {
    FaultRig rig({.operation = Op::commit, .effect = Effect::ghost});
    CHECK_THROWS_AS(stream(*rig.faulty, "x", "1", "2"), hf::Error);
    CHECK(text(*rig.inner, "x") == "12");
  }
  SUBCASE("remove") {
    FaultRig rig({.operation = Op::remove, .effect = Effect::ghost});
    rig.inner->put_new("x", {});
    CHECK_THROWS_AS(rig.faulty->remove("x"), hf::Error);
    CHECK(names(*rig.inner).empty());
  }
}

TEST_CASE("a phantom success is reported but not done") {
  SUBCASE("put") {
    FaultRig rig({.operation = Op::put, .effect = Effect::phantom});
    CHECK(rig.faulty->put_new("x", {}) == hf::PutResult::created);
    CHECK(names(*rig.inner).empty());
  }
  SUBCASE("write") {
    FaultRig rig({.operation = Op::write, .nth = 1, .effect = Effect::phantom});
    stream(*rig.faulty, "x", "1", "2");
    CHECK(text(*rig.inner, "x") == "2");
  }
  SUBCASE("commit") {
    FaultRig rig({.operation = Op::commit, .effect = Effect::phantom});
    stream(*rig.faulty, "x", "1", "2");
    CHECK(names(*rig.inner).empty());
  }
  SUBCASE("remove, stat, list and read") {
    for (const Op operation : {Op::remove, Op::stat, Op::list, Op::read}) {
      FaultRig rig({.operation = operation, .effect = Effect::phantom});
      rig.inner->put_new("x", hf::as_bytes("1"));
      if (operation == Op::remove) rig.faulty->remove("x");
      CHECK(rig.faulty->stat("x").has_value() == (operation != Op::stat));
      CHECK(names(*rig.faulty).size() == (operation == Op::list ? 0U : 1U));
      CHECK(text(*rig.faulty, "x") == (operation == Op::read ? "" : "1"));
    }
  }
}

TEST_CASE("bytes are cut or changed in transfer") {
  SUBCASE("a put is torn") {
    FaultRig rig({.operation = Op::put, .effect = Effect::truncate, .offset = 2});
    rig.faulty->put_new("x", hf::as_bytes("12345"));
    CHECK(text(*rig.inner, "x") == "12");
  }
  SUBCASE("a read ends early") {
    FaultRig rig({.operation = Op::read, .effect = Effect::truncate, .offset = 2});
    rig.inner->put_new("x", hf::as_bytes("12345"));
    CHECK(text(*rig.faulty, "x") == "12");
  }
  SUBCASE("a read breaks off") {
    FaultRig rig({.operation = Op::read, .effect = Effect::fail, .code = hf::ErrorCode::network, .offset = 2});
    rig.inner->put_new("x", hf::as_bytes("12345"));
    const auto reader = rig.faulty->open_reader("x");
    hf::Bytes buffer(5);
    CHECK(reader->read(buffer) == 2);
    CHECK(error_of([&] { reader->read(buffer); }).code() == hf::ErrorCode::network);
  }
  SUBCASE("one byte is flipped, whatever the size of the reads") {
    for (const std::size_t chunk : {1U, 2U, 5U}) {
      FaultRig rig({.operation = Op::read, .effect = Effect::flip, .offset = 3});
      rig.inner->put_new("x", hf::as_bytes("aaaaa"));
      const auto reader = rig.faulty->open_reader("x");
      hf::Bytes buffer(chunk);
      std::string back;
      while (const std::size_t got = reader->read(buffer)) back += hf::as_text(hf::ByteView(buffer).first(got));
      CHECK(back == "aaaqa");
    }
  }
  SUBCASE("a listing is cut") {
    FaultRig rig({.operation = Op::list, .effect = Effect::truncate, .offset = 1});
    rig.inner->put_new("a", {});
    rig.inner->put_new("b", {});
    CHECK(names(*rig.faulty) == std::vector<std::string>{"a"});
  }
}

TEST_CASE("a stale listing or stat shows the objects of some changes ago; other calls are up to date") {
  for (std::uint64_t behind = 0; behind <= 4; ++behind) {
    CAPTURE(behind);
    const auto inner = hf::memory_storage();
    inner->put_new("a/before", hf::as_bytes("1"));
    hf::FaultPlan plan;
    for (const Op operation : {Op::list, Op::stat})
      plan.rules.push_back({.operation = operation, .effect = Effect::stale, .behind = behind});
    const auto stale = hf::faulty_storage(inner, plan);
    stale->put_new("a/put", hf::as_bytes("22"));
    stream(*stale, "a/streamed", "3", "3");
    stale->put_new("a/put", {});  // changes nothing
    stale->remove("a/before");
    std::vector<std::string> expected{"a/before", "a/put", "a/streamed"};
    if (behind == 0) expected.erase(expected.begin());
    if (behind >= 2) expected.pop_back();
    if (behind >= 3) expected.pop_back();
    CHECK(names(*stale, "a/") == expected);
    CHECK(names(*stale, "a/p").size() == (behind < 3 ? 1U : 0U));
    CHECK(stale->stat("a/before").has_value() == (behind > 0));
    CHECK(stale->stat("a/streamed").has_value() == (behind < 2));
    if (behind > 0) CHECK(stale->stat("a/before")->size == 1);
    CHECK(text(*stale, "a/streamed") == "33");
    CHECK(error_of([&] { stale->open_reader("a/before"); }).code() == hf::ErrorCode::not_found);
  }
}

TEST_CASE("another action may happen during a call") {
  const auto inner = hf::memory_storage();
  const auto race = [&] { inner->put_new("x", hf::as_bytes("theirs")); };
  const auto faulty = hf::faulty_storage(inner, {.rules = {{.operation = Op::put, .nth = 1, .effect = Effect::call, .call = race}}});
  CHECK(faulty->put_new("x", hf::as_bytes("ours")) == hf::PutResult::already_exists);
}

TEST_CASE("every effect has a step before and one after it, and the process may die at any step") {
  const auto inner = hf::memory_storage();
  std::vector<std::string> steps;
  const auto faulty = hf::faulty_storage(inner, {.rules = {}, .on_step = [&](const hf::StorageStep& step) {
                                                   const bool there = inner->stat("x").has_value();
                                                   steps.push_back(std::to_string(step.number) + (step.after ? " after " : " before ") +
                                                                   std::string(to_string(step.operation)) + (there ? " +" : " -"));
                                                   if (step.number == 4) throw std::runtime_error("dead");
                                                 }});
  stream(*faulty, "x", "1", "2");
  CHECK_THROWS_AS(faulty->remove("x"), std::runtime_error);
  CHECK(steps == std::vector<std::string>{"1 before write -", "1 after write -", "2 before write -", "2 after write -", "3 before commit -",
                                          "3 after commit +", "4 before remove +"});
  CHECK(text(*inner, "x") == "12");
}

TEST_CASE("an impossible rule is refused") {
  CHECK_THROWS_AS(FaultRig({.operation = Op::remove, .effect = Effect::flip}), hf::Error);
  CHECK_THROWS_AS(FaultRig({.operation = Op::stat, .effect = Effect::truncate}), hf::Error);
  CHECK_THROWS_AS(FaultRig({.operation = Op::put, .effect = Effect::call}), hf::Error);
  CHECK_THROWS_AS(FaultRig({.operation = Op::read, .effect = Effect::stale}), hf::Error);
}
