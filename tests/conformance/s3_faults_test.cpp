#include <random>

#include "conformance/storage_suite.hpp"
#include "support/s3_server.hpp"
#include "support/toxic_proxy.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

constexpr std::size_t kPart = 5U << 20;
constexpr int kCuts = 24;

/// A storage reached through a proxy. Parts are sent one by one, by the thread that writes, so that what passes the proxy is the same in
/// each run.
struct Rig {
  explicit Rig(const S3Server& server) : proxy(server.port()) {}
  std::shared_ptr<hf::Storage> open(S3Server& server, const hf::Options& more = {}) {
    hf::Options options = {{"part_size", "5M"}, {"memory", "0"}, {"timeout", "30"}};
    for (const auto& [key, value] : more) options[key] = value;
    return server.fresh(options, {}, proxy.port());
  }
  ToxicProxy proxy;
};

/// Where to cut: spread over `total` bytes, at different places in each run.
std::vector<std::int64_t> cuts(std::int64_t total, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::int64_t> all;
  for (int index = 0; index < kCuts; ++index)
    all.push_back((total * index + static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(total + 1))) / kCuts);
  return all;
}

/// Stores an object of two parts and cuts one connection while it is committed; it must be stored once and whole all the same.
void check_cut_at_commit(bool up, bool reset) {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  Rig rig(*server);
  const auto storage = rig.open(*server);
  const hf::Bytes bytes = random_bytes(kPart + 1, 5);
  const auto store = [&](const std::string& name, const Toxics& toxics) {
    const auto writer = storage->open_writer(name);
    writer->write(bytes);
    rig.proxy.set(toxics);
    writer->commit();
  };
  store("warm-up", {});  // probes
  store("measure", {});
  const auto counts = rig.proxy.counts();
  const std::int64_t total = up ? counts.up : counts.down;
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  for (const std::int64_t cut : cuts(total, seed)) {
    CAPTURE(cut);
    const std::string name = "cut/" + std::to_string(cut);
    store(name, {.cut_up_after = up ? cut : -1, .cut_down_after = up ? -1 : cut, .cuts = 1, .reset = reset});
    rig.proxy.set({});
    CHECK(get(*storage, name, bytes.size()) == bytes);
    storage->remove(name);
  }
}

}  // namespace

TEST_CASE("a multipart upload cut anywhere in its last part and completion is stored once and whole") {
  SUBCASE("requests, ended") { check_cut_at_commit(true, false); }
  SUBCASE("requests, reset") { check_cut_at_commit(true, true); }
  SUBCASE("answers, ended: done, but nobody heard") { check_cut_at_commit(false, false); }
  SUBCASE("answers, reset: done, but nobody heard") { check_cut_at_commit(false, true); }
}

TEST_CASE("an upload whose connections are always cut at some byte fails, and what failed is not there") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  Rig rig(*server);
  const auto storage = rig.open(*server, {{"timeout", "1"}});
  const auto direct = hf::open_storage("s3://bucket-1", server->options());
  storage->put_new("warm-up", hf::as_bytes("x"));
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 6; ++round) {
    const std::string name = "never/" + std::to_string(round);
    const auto cut = static_cast<std::int64_t>(random() % 400);  // within the request's head
    CAPTURE(cut);
    rig.proxy.set({.cut_up_after = cut});
    const hf::Error error = error_of([&] { storage->put_new(name, random_bytes(10'000, 1)); });
    check_error(error, hf::ErrorCode::network, name);
    CHECK(error.retryable());
    rig.proxy.set({});
    CHECK_FALSE(direct->stat(name).has_value());
  }
}

TEST_CASE("a put whose answer is lost is known to be ours; one that another made is not") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  Rig rig(*server);
  const auto storage = rig.open(*server);
  storage->put_new("warm-up", {});
  for (int cut = 0; cut < 200; cut += 7) {
    CAPTURE(cut);
    const std::string name = "ghost/" + std::to_string(cut);
    rig.proxy.set({.cut_down_after = cut, .cuts = 1});
    CHECK(storage->put_new(name, hf::as_bytes("same")) == hf::PutResult::created);
    rig.proxy.set({.cut_down_after = cut, .cuts = 1});
    CHECK(storage->put_new(name, hf::as_bytes("same")) == hf::PutResult::already_exists);
  }
}

TEST_CASE("a read that is cut again and again goes on where it broke") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  Rig rig(*server);
  const auto storage = rig.open(*server);
  const hf::Bytes bytes = random_bytes(1U << 20, 9);
  storage->put_new("object", bytes);
  rig.proxy.set({.cut_down_after = 200'000});
  CHECK(get(*storage, "object", bytes.size()) == bytes);
  CHECK(rig.proxy.counts().cuts >= 5);
  const auto reader = storage->open_reader("object", 1, 900'000);
  CHECK(read_all(*reader, bytes.size()) == hf::Bytes(bytes.begin() + 1, bytes.begin() + 900'001));
}

TEST_CASE("with the server gone every call ends within its deadline") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  Rig rig(*server);
  const auto storage = rig.open(*server, {{"timeout", "2"}, {"stall_timeout", "60"}, {"connect_timeout", "60"}});
  storage->put_new("object", random_bytes(32U << 20, 3));  // more than the sockets on the way can hold
  const auto writer = storage->open_writer("late");
  writer->write(random_bytes(kPart + 1, 4));
  const auto reader = storage->open_reader("object");
  const auto check_ends = [&](const std::string& what, const auto& call) {
    CAPTURE(what);
    const auto began = std::chrono::steady_clock::now();
    const hf::Error error = error_of(call);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    CHECK_MESSAGE(error.message().find("bucket-1") != std::string::npos, error.message());
    CHECK_MESSAGE((error.code() == hf::ErrorCode::timeout || error.code() == hf::ErrorCode::network), error.message());
    MESSAGE(what << " ended after " << took.count() << " s with: " << error.message());
    CHECK(took.count() < 30);  // of 2 s, with all a busy machine may add: it did not wait for the 60 s of a stall
  };
  const auto check_all = [&] {
    check_ends("put_new", [&] { storage->put_new("new", hf::as_bytes("x")); });
    check_ends("stat", [&] { storage->stat("object"); });
    check_ends("list", [&] { names(*storage); });
    check_ends("remove", [&] { storage->remove("object"); });
    check_ends("open_reader", [&] { storage->open_reader("object"); });
  };
  SUBCASE("swallowing all") {
    rig.proxy.set({.black_hole = true});
    check_all();
    check_ends("commit", [&] { writer->commit(); });
    check_ends("read", [&] { read_all(*reader, 1U << 30); });
  }
  SUBCASE("refusing connections") {
    rig.proxy.set({.cut_up_after = 0});
    rig.proxy.close();
    check_all();
    check_ends("commit", [&] { writer->commit(); });
  }
}

TEST_CASE("a trickle that never ends is given up, and a slow server is waited for") {
  const auto server = S3Server::start("versitygw");
  if (!server) return;
  Rig rig(*server);
  const auto storage = rig.open(*server, {{"timeout", "3"}, {"stall_timeout", "1"}});
  storage->put_new("object", random_bytes(1U << 20, 3));
  rig.proxy.set({.latency = std::chrono::milliseconds(300)});
  CHECK(storage->stat("object").value().size == 1U << 20);
  rig.proxy.set({.trickle = 10});
  CHECK(error_of([&] { get(*storage, "object", 1U << 30); }).code() == hf::ErrorCode::timeout);
}
