#pragma once

#include <random>

#include "conformance/storage_suite.hpp"
#include "support/storage_server.hpp"
#include "support/toxic_proxy.hpp"

/// Tests for every storage on a network, run once for each kind of server.
namespace holdfast::testing {

/// A storage that is reached through a proxy. The writing thread sends its pieces one by one, so that the proxy sees
/// the same bytes in each run.
struct NetworkRig {
  NetworkRig(StorageServer& its_server, std::size_t its_piece, Options its_options)
      : server(its_server), piece(its_piece), options(std::move(its_options)), proxy(server.port()) {}
  /// Opens a storage in a new bucket; `more` overrides options.
  std::shared_ptr<Storage> open(const Options& more = {}) {
    Options all = more;
    all.merge(Options(options));
    return server.fresh(all, {}, proxy.port());
  }

  StorageServer& server;
  std::size_t piece;  ///< bytes; a longer object is sent in several
  Options options;
  ToxicProxy proxy;
};

/// Returns the places to cut: spread over `total` bytes, different in each run.
inline std::vector<std::int64_t> spread_cuts(std::int64_t total, std::uint32_t seed) {
  constexpr int kCuts = 24;
  std::mt19937 random(seed);
  std::vector<std::int64_t> all;
  for (int index = 0; index < kCuts; ++index)
    all.push_back((total * index + static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(total + 1))) / kCuts);
  return all;
}

/// Stores an object of two pieces and cuts one connection during the commit; the object must still be stored once and
/// whole.
inline void check_cut_at_commit(NetworkRig& rig, bool up, bool reset) {
  const auto storage = rig.open();
  const Bytes bytes = random_bytes(rig.piece + 1, 5);
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
  for (const std::int64_t cut : spread_cuts(total, seed)) {
    CAPTURE(cut);
    const std::string name = "cut/" + std::to_string(cut);
    store(name, {.cut_up_after = up ? cut : -1, .cut_down_after = up ? -1 : cut, .cuts = 1, .reset = reset});
    rig.proxy.set({});
    CHECK(get(*storage, name, bytes.size()) == bytes);
    storage->remove(name);
  }
}

inline void check_always_cut(NetworkRig& rig) {
  const auto storage = rig.open({{"timeout", "2"}});
  const auto direct = open_storage(rig.server.uri("bucket-1"), rig.server.options());
  storage->put_new("warm-up", as_bytes("x"));
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 6; ++round) {
    const std::string name = "never/" + std::to_string(round);
    const auto cut = static_cast<std::int64_t>(random() % 400);  // within the request's head
    CAPTURE(cut);
    rig.proxy.set({.cut_up_after = cut});
    const Error error = error_of([&] { storage->put_new(name, random_bytes(10'000, 1)); });
    // The last attempt has what is left of the 2 s, so on a busy machine it may end before its connection is cut.
    CHECK_MESSAGE((error.code() == ErrorCode::network || error.code() == ErrorCode::timeout), error.message());
    CHECK(error.message().find(name) != std::string::npos);
    CHECK(error.retryable());
    rig.proxy.set({});
    CHECK_FALSE(direct->stat(name).has_value());
  }
}

inline void check_lost_answers(NetworkRig& rig) {
  const auto storage = rig.open();
  storage->put_new("warm-up", {});
  for (int cut = 0; cut < 200; cut += 7) {
    CAPTURE(cut);
    const std::string name = "ghost/" + std::to_string(cut);
    rig.proxy.set({.cut_down_after = cut, .cuts = 1});
    CHECK(storage->put_new(name, as_bytes("same")) == PutResult::created);
    rig.proxy.set({.cut_down_after = cut, .cuts = 1});
    CHECK(storage->put_new(name, as_bytes("same")) == PutResult::already_exists);
  }
}

inline void check_cut_reads(NetworkRig& rig) {
  const auto storage = rig.open();
  const Bytes bytes = random_bytes(1U << 20, 9);
  storage->put_new("object", bytes);
  rig.proxy.set({.cut_down_after = 200'000});
  CHECK(get(*storage, "object", bytes.size()) == bytes);
  CHECK(rig.proxy.counts().cuts >= 5);
  const auto reader = storage->open_reader("object", 1, 900'000);
  CHECK(read_all(*reader, bytes.size()) == Bytes(bytes.begin() + 1, bytes.begin() + 900'001));
}

inline void check_server_gone(NetworkRig& rig, bool refuses) {
  const auto storage = rig.open({{"timeout", "2"}, {"stall_timeout", "60"}, {"connect_timeout", "60"}});
  // More than the sockets can buffer. Stored without the short deadline, which a busy machine may miss.
  open_storage(rig.server.uri("bucket-1"), rig.server.options())->put_new("object", random_bytes(32U << 20, 3));
  storage->put_new("warm-up", {});
  const auto writer = storage->open_writer("late");
  writer->write(random_bytes(rig.piece + 1, 4));
  const auto reader = storage->open_reader("object");
  const auto check_ends = [&](const std::string& what, const auto& call) {
    CAPTURE(what);
    const auto began = std::chrono::steady_clock::now();
    const Error error = error_of(call);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    CHECK_MESSAGE(error.message().find("bucket-1") != std::string::npos, error.message());
    CHECK_MESSAGE((error.code() == ErrorCode::timeout || error.code() == ErrorCode::network), error.message());
    MESSAGE(what << " ended after " << took.count() << " s with: " << error.message());
    CHECK(took.count() < 30);  // deadline of 2 s on a busy machine: it did not wait for the stall timeout of 60 s
  };
  if (refuses) {
    rig.proxy.set({.cut_up_after = 0});
    rig.proxy.close();
  } else {
    rig.proxy.set({.black_hole = true});
  }
  check_ends("put_new", [&] { storage->put_new("new", as_bytes("x")); });
  check_ends("stat", [&] { storage->stat("object"); });
  check_ends("list", [&] { names(*storage); });
  check_ends("remove", [&] { storage->remove("object"); });
  check_ends("open_reader", [&] { storage->open_reader("object"); });
  check_ends("commit", [&] { writer->commit(); });
  if (!refuses) check_ends("read", [&] { read_all(*reader, 1U << 30); });
}

inline void check_slow_server(NetworkRig& rig) {
  const auto storage = rig.open({{"timeout", "3"}, {"stall_timeout", "1"}});
  storage->put_new("object", random_bytes(1U << 20, 3));
  rig.proxy.set({.latency = std::chrono::milliseconds(300)});
  CHECK(storage->stat("object").value().size == 1U << 20);
  rig.proxy.set({.trickle = 10});
  CHECK(error_of([&] { get(*storage, "object", 1U << 30); }).code() == ErrorCode::timeout);
}

inline void run_network_suite(NetworkRig& rig) {
  SUBCASE("an upload in pieces cut anywhere in its last piece and completion is stored once and whole") {
    SUBCASE("requests, ended") { check_cut_at_commit(rig, true, false); }
    SUBCASE("requests, reset") { check_cut_at_commit(rig, true, true); }
    SUBCASE("answers, ended: stored, but the answer is lost") { check_cut_at_commit(rig, false, false); }
    SUBCASE("answers, reset: stored, but the answer is lost") { check_cut_at_commit(rig, false, true); }
  }
  SUBCASE("an upload whose connections are always cut at some byte fails, and leaves no object") { check_always_cut(rig); }
  SUBCASE("a put whose answer is lost is recognised as ours; another writer's put is not") { check_lost_answers(rig); }
  SUBCASE("a read that is cut repeatedly resumes where it was cut") { check_cut_reads(rig); }
  SUBCASE("with the server gone every call ends within its deadline") {
    SUBCASE("swallowing all") { check_server_gone(rig, false); }
    SUBCASE("refusing connections") { check_server_gone(rig, true); }
  }
  SUBCASE("an endless trickle is abandoned, and a slow server is waited for") { check_slow_server(rig); }
}

}  // namespace holdfast::testing
