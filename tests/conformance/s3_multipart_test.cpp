// Multipart uploads to a strict server that keeps no data: their maximum length, and a cut at any byte.
#include <sys/resource.h>

#include <cstdlib>
#include <random>

#include "conformance/storage_suite.hpp"
#include "support/budget.hpp"
#include "support/parts_server.hpp"
#include "support/toxic_proxy.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

constexpr std::size_t kPartBytes = 5U << 20;
constexpr const char* kBucket = "s3://bucket";

hf::Options with(hf::Options options, const hf::Options& more) {
  options.insert(more.begin(), more.end());
  return options;
}

hf::Options with_keys(hf::Options options) { return with(std::move(options), {{"access_key_id", "key"}, {"secret_access_key", "canary"}}); }

/// Stores `size` bytes without announcing the length, in parts of at least 5 MiB.
PartsServer::Object store(std::uint64_t size, std::uint32_t max_parts) {
  PartsServer server({.max_parts = max_parts});
  const auto storage = hf::open_storage(
      kBucket, with_keys(with(server.options(), {{"part_size", "5M"}, {"max_parts", std::to_string(max_parts)}, {"memory", "64M"}})));
  const auto writer = storage->open_writer("object");
  const hf::Bytes piece = random_bytes(1'000'003, 1);
  for (std::uint64_t left = size; left > 0;) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
    writer->write(hf::ByteView(piece).first(count));
    left -= count;
  }
  writer->commit();
  CHECK(server.refused().empty());
  const auto object = server.object("object");
  REQUIRE(object.has_value());
  CHECK(object->size == size);
  CHECK(object->parts.size() <= max_parts);
  return *object;
}

long peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss >> 10;
}

}  // namespace

TEST_CASE("an object of unknown length stays within any limit of parts through larger parts") {
  // Six times the size of as many parts of the first size.
  const std::vector<std::uint32_t> limits =
      hf::test::is_long_run() ? std::vector<std::uint32_t>{9, 10, 11, 12, 13} : std::vector<std::uint32_t>{9, 10};
  for (const std::uint32_t max_parts : limits) {
    CAPTURE(max_parts);
    store(6 * std::uint64_t{max_parts} * kPartBytes + 1, max_parts);
  }
}

// HOLDFAST_MULTIPART_GB=30 takes a minute or more.
TEST_CASE("an object of many gigabytes stays within a limit of 1,000 and of 10,000 parts, in bounded memory") {
  const char* gigabytes = std::getenv("HOLDFAST_MULTIPART_GB");
  if (gigabytes == nullptr) {
    MESSAGE("SKIP: HOLDFAST_MULTIPART_GB, of how many gigabytes, is not set");
    return;
  }
  const std::uint64_t size = std::strtoull(gigabytes, nullptr, 10) * 1'000'000'000;
  for (const std::uint32_t max_parts : {1'000U, 10'000U}) {
    const auto began = std::chrono::steady_clock::now();
    const auto object = store(size, max_parts);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    MESSAGE(size << " bytes in " << object.parts.size() << " parts of at most " << max_parts << ", the largest of "
                 << *std::ranges::max_element(object.parts) << " bytes, in " << took.count() << " s; peak of client and server together "
                 << peak_mib() << " MiB");
  }
}

namespace {

/// One connection to the server through a proxy that cuts it. Uploads have two parts, and always the same bytes on the
/// wire except for names.
class Cutter {
 public:
  explicit Cutter(PartsServer& server) : server_(server), proxy_(server.port()) {
    storage_ = hf::open_storage(
        kBucket,
        with_keys(with(server.options(proxy_.port()), {{"part_size", "5M"}, {"memory", "0"}, {"stall_timeout", "5"}, {"timeout", "60"}})));
  }
  /// Bytes sent before and with the first part, sent in total, and received in total.
  struct Traffic {
    std::int64_t first_part = 0, up = 0, down = 0;
  };
  Traffic measure() {
    upload("measure/0", {});  // connects
    Traffic traffic;
    proxy_.set({});
    const auto writer = storage_->open_writer("measure/1");
    writer->write(bytes_);
    traffic.first_part = proxy_.counts().up;
    writer->commit();
    traffic.up = proxy_.counts().up;
    traffic.down = proxy_.counts().down;
    return traffic;
  }
  /// Uploads under `toxics`. Returns the fault, or "" if the object is stored whole.
  std::string upload(const std::string& name, const Toxics& toxics) {
    proxy_.set(toxics);
    try {
      const auto writer = storage_->open_writer(name);
      writer->write(bytes_);
      writer->commit();
    } catch (const hf::Error& error) {
      return "failed: " + error.message();
    }
    const auto object = server_.object(name);
    if (!object) return "false success: it is not there";
    return object->size == bytes_.size() ? "" : "false success: it has " + std::to_string(object->size) + " bytes";
  }

 private:
  PartsServer& server_;
  ToxicProxy proxy_;
  std::shared_ptr<hf::Storage> storage_;
  const hf::Bytes bytes_ = random_bytes(kPartBytes + 1, 5);
};

/// Cuts one upload at each of the bytes, several uploads at a time. From `phase` on, alternates between ending and
/// resetting the connection.
void check_cuts(PartsServer& server, const std::vector<std::int64_t>& at, bool up, int phase) {
  constexpr int kThreads = 8;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::vector<std::string> wrong;
  std::vector<std::thread> threads;
  for (int id = 0; id < kThreads; ++id)
    threads.emplace_back([&] {
      Cutter cutter(server);
      for (std::size_t index = next++; index < at.size(); index = next++) {
        const std::int64_t cut = at[index];
        const std::string name = std::string(up ? "up/" : "down/") + std::to_string(10'000'000 + index);
        const std::string said = cutter.upload(
            name, {.cut_up_after = up ? cut : -1, .cut_down_after = up ? -1 : cut, .cuts = 1, .reset = (cut + phase) % 2 == 0});
        const std::lock_guard lock(mutex);
        if (!said.empty()) wrong.push_back("cut at byte " + std::to_string(cut) + ": " + said);
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK_MESSAGE(wrong.empty(), wrong.size() << " of " << at.size() << ", the first: " << (wrong.empty() ? "" : wrong.front()));
}

}  // namespace

TEST_CASE("a multipart upload cut at any byte of its requests or answers is stored whole, and never a false success") {
  PartsServer server;
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const int phase = static_cast<int>(random() % 2);
  const Cutter::Traffic traffic = Cutter(server).measure();
  std::vector<std::int64_t> at;
  // In a short run at every fourth of them.
  const auto step = static_cast<std::int64_t>(hf::test::every(4)), first = static_cast<std::int64_t>(hf::test::first_of(4));
  SUBCASE("of its requests: every byte but of the first part's body, which is sampled at its ends and between") {
    constexpr std::int64_t kEnds = 64;
    const std::int64_t body = traffic.first_part - static_cast<std::int64_t>(kPartBytes);
    for (std::int64_t byte = first; byte < body + kEnds; byte += step) at.push_back(byte);
    for (std::int64_t sample = 0; sample < 64; sample += step)
      at.push_back(body + kEnds + static_cast<std::int64_t>(random() % (kPartBytes - 2 * static_cast<std::size_t>(kEnds))));
    for (std::int64_t byte = traffic.first_part - kEnds + first; byte < traffic.up; byte += step) at.push_back(byte);
    check_cuts(server, at, true, phase);
  }
  SUBCASE("of its answers: every byte") {
    for (std::int64_t byte = first; byte < traffic.down; byte += step) at.push_back(byte);
    check_cuts(server, at, false, phase);
  }
  MESSAGE("cut at " << at.size() << " bytes of " << traffic.up << " up, " << traffic.down << " down");
  CHECK(server.refused().empty());
}
