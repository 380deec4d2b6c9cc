#include "notify/delivery.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <map>

#include "holdfast/error.hpp"
#include "support/crash_points.hpp"
#include "support/http_double.hpp"
#include "support/storage_double.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using hf::test::Crashable;
using hf::test::HookedStorage;
using hf::test::StandingClock;
using hf::testing::HttpDouble;
using namespace std::chrono_literals;

namespace {

/// A receiver that does what receivers of webhooks should: it drops a message whose id it knows.
class Receiver {
 public:
  HttpDouble::Response answer(const HttpDouble::Request& request) {
    if (status != 200) return {.status = status, .headers = {}, .body = {}};
    const std::string id = request.header("webhook-id");
    if (++times[id] == 1) bodies.push_back(request.body);
    return {};
  }

  std::atomic<int> status{200};
  std::map<std::string, int> times;
  std::vector<std::string> bodies;
  HttpDouble server{[this](const HttpDouble::Request& request) { return answer(request); }};
};

/// One channel, its outbox in memory, and its receiver. The receiver outlives the process that dies.
struct OneChannel {
  OneChannel() { context.host.clock = &clock; }

  hf::Outbox outbox() { return {storage, folder.path(), "ops"}; }
  void put(const std::string& title) {
    outbox().put(
        hf::stored_notice({.kind = hf::NoticeKind::failed, .series = {}, .title = title, .message = {}, .facts = {}}, clock.now()));
    ++stored;
  }
  hf::ChannelReport deliver() {
    hf::ChannelReport report;
    hf::Outbox box = outbox();
    hf::deliver_to(channel, box, context, report);
    hf::describe_queue(&channel, box, context, report);
    return report;
  }

  std::size_t stored = 0;  ///< notices whose put() has returned
  StandingClock clock;
  hf::Context context;
  hf::testing::TempDirectory folder{hf::testing::memory_directory()};
  std::shared_ptr<HookedStorage> storage = std::make_shared<HookedStorage>(clock);
  Receiver receiver;
  hf::Channel channel{.name = "ops", .url = hf::Secret(receiver.server.url() + "/hook"), .mail = {}};
};

}  // namespace

TEST_CASE("a process may die at any step: every notice that was put is delivered, in order, and repeated only under its id") {
  hf::test::for_each_crash_point(
      "put and deliver", [] { return std::make_unique<Crashable<OneChannel>>(); },
      [](OneChannel& world) {
        for (const char* title : {"a", "b", "c"}) world.put(title);
        world.deliver();
      },
      [](OneChannel& world) {
        const auto last = world.deliver();  // the next process
        CHECK(last.waiting == 0);
        std::string order;
        for (const std::string& body : world.receiver.bodies) order += body[body.find("\"title\":\"") + 9];
        CHECK(std::string("abc").starts_with(order));
        CHECK(order.size() >= world.stored);
        for (const auto& [id, times] : world.receiver.times) CHECK(times <= 2);
      });
}

TEST_CASE("a digest that was begun is the same message after a crash, whatever was put since") {
  hf::test::for_each_crash_point(
      "digest",
      [] {
        auto world = std::make_unique<Crashable<OneChannel>>();
        world->channel.digest = 60s;
        for (const char* title : {"a", "b"}) world->put(title);
        world->clock.advance(61s);
        return world;
      },
      [](OneChannel& world) { world.deliver(); },
      [](OneChannel& world) {
        world.put("late");
        world.clock.advance(61s);
        world.deliver();
        std::string all;
        for (const std::string& body : world.receiver.bodies) all += body;
        for (const std::string title : {"a", "b", "late"}) {
          CAPTURE(title);
          const std::string notice = "\"title\":\"" + title + "\",\"message\"";
          const std::size_t found = all.find(notice);
          CHECK(found != std::string::npos);
          CHECK(all.find(notice, found + 1) == std::string::npos);
        }
      });
}

TEST_CASE("waits grow from ten seconds to fifteen minutes, and a clock that was set back does not prolong them") {
  OneChannel world;
  world.receiver.status = 503;
  world.put("a");
  hf::ChannelReport report = world.deliver();
  CHECK(report.error.find("status 503") != std::string::npos);
  std::vector<double> waits;
  for (int i = 0; i < 12; ++i) {
    const auto wait = *report.next - world.clock.now();
    waits.push_back(std::chrono::duration<double>(wait).count());
    world.clock.advance(wait - 1us);
    const auto before = world.receiver.server.requests().size();
    world.deliver();
    CHECK(world.receiver.server.requests().size() == before);  // a microsecond early
    world.clock.advance(1us);
    report = world.deliver();
  }
  CHECK(waits.front() >= 5);
  CHECK(waits.front() <= 10);
  CHECK(waits.back() >= 450);
  CHECK(waits.back() <= 900);
  world.clock.advance(-24h);
  world.receiver.status = 200;
  CHECK(world.deliver().delivered == 1);
}

TEST_CASE("a receiver decides how long to wait, up to an hour") {
  OneChannel world;
  hf::testing::HttpDouble busy([](const HttpDouble::Request&) {
    return HttpDouble::Response{.status = 429, .headers = {{"Retry-After", "1800"}}, .body = {}};
  });
  world.channel.url = hf::Secret(busy.url());
  world.put("a");
  CHECK(*world.deliver().next - world.clock.now() == 1800s);
}

TEST_CASE("a message that the receiver refuses three times is given up by name, kept for a look, and those after it pass") {
  OneChannel world;
  world.receiver.status = 400;
  world.put("poison");
  world.put("b");
  hf::ChannelReport report;
  for (int i = 0; i < 3; ++i) {
    CHECK(report.given_up.empty());
    if (i == 2) CHECK(report.undelivered == 0);
    report = world.deliver();
    world.clock.advance(1h);
  }
  REQUIRE(report.given_up.size() == 1);
  CHECK(report.given_up[0].title == "poison");
  CHECK(report.given_up[0].why.find("status 400") != std::string::npos);
  CHECK(report.undelivered == 1);
  world.receiver.status = 200;
  report = world.deliver();
  CHECK(report.delivered == 1);
  CHECK(report.error.empty());
  CHECK(world.receiver.bodies.at(0).find("\"b\"") != std::string::npos);
}

TEST_CASE("a notice is given up when it is old and attempts fail, not when the clock jumps") {
  OneChannel world;
  world.put("a");
  world.clock.advance(24h * 365);
  CHECK(world.deliver().delivered == 1);  // a reachable receiver gets even what is old
  world.put("b");
  world.receiver.status = 500;
  world.deliver();
  world.clock.advance(24h * 365);
  CHECK(world.deliver().given_up.empty());  // one jump is not three failures
  world.clock.advance(1h);
  CHECK(world.deliver().given_up.size() == 1);
  const hf::ChannelReport empty = world.deliver();
  CHECK(empty.waiting == 0);
  CHECK(empty.error.empty());  // nothing is wrong any more
}

TEST_CASE("a limit delays what exceeds it, and its last message has all that wait") {
  OneChannel world;
  world.channel.most_messages = 3;
  world.channel.period = 3600s;
  for (int i = 0; i < 10; ++i) world.put(std::to_string(i));
  hf::ChannelReport report = world.deliver();
  CHECK(report.messages == 3);
  CHECK(report.delivered == 10);
  world.put("later");
  report = world.deliver();
  CHECK(report.messages == 0);
  CHECK(report.waiting == 1);
  CHECK(*report.next == world.clock.now() + 3600s);
  world.clock.advance(3600s);
  CHECK(world.deliver().delivered == 1);
  world.clock.advance(-48h);  // messages of the future don't count
  world.put("back");
  CHECK(world.deliver().delivered == 1);
}

TEST_CASE("a digest waits for its time, and then sends all as one message") {
  OneChannel world;
  world.channel.digest = 600s;
  world.put("a");
  world.clock.advance(599s);
  world.put("b");
  hf::ChannelReport report = world.deliver();
  CHECK(report.messages == 0);
  CHECK(*report.next == world.clock.now() + 1s);
  world.clock.advance(1s);
  report = world.deliver();
  CHECK(report.messages == 1);
  CHECK(report.delivered == 2);
  CHECK(!report.next);
}

TEST_CASE("a damaged notice is named and does not stop the others; one of a later version waits") {
  OneChannel world;
  world.put("a");
  world.put("b");
  const std::string first = "ops/waiting/" + world.outbox().waiting().at(0);
  SUBCASE("damaged") {
    world.storage->set(first, hf::Bytes(10));
    const auto report = world.deliver();
    CHECK(report.delivered == 1);
    REQUIRE(report.given_up.size() == 1);
    CHECK(report.given_up[0].why.find(first) != std::string::npos);
  }
  SUBCASE("later") {
    const std::string text = R"({"version":2})";
    world.storage->set(first, hf::Bytes(hf::as_bytes(text).begin(), hf::as_bytes(text).end()));
    CHECK_THROWS_WITH_AS(world.deliver(), doctest::Contains("later version"), hf::Error);
    CHECK(world.outbox().waiting().size() == 2);
  }
}

TEST_CASE("a notice that is stored again after its delivery is delivered again, under the same id") {
  OneChannel world;
  for (int i = 0; i < 3; ++i) {
    hf::Outbox outbox = world.outbox();
    outbox.put(hf::stored_notice(
        {.kind = hf::NoticeKind::failed, .series = {}, .time = world.clock.now(), .title = "a", .message = {}, .facts = {}}, {}));
    CHECK(world.deliver().delivered == 1);
  }
  CHECK(world.receiver.times.size() == 1);
}

TEST_CASE("on a full disk put() fails, and what waits is neither lost nor sent without a mark") {
  OneChannel world;
  world.put("a");
  world.storage->set_hook([](const HookedStorage::Step& step) {
    if (step.operation == "put") throw hf::Error(hf::ErrorCode::no_space, "the disk is full");
  });
  CHECK_THROWS_WITH_AS(world.put("b"), doctest::Contains("full"), hf::Error);
  CHECK_THROWS_WITH_AS(world.deliver(), doctest::Contains("full"), hf::Error);
  CHECK(world.receiver.bodies.empty());
  world.storage->set_hook({});
  CHECK(world.deliver().delivered == 1);
}

TEST_CASE("a damaged state stops its channel by name, and removing it sends the last message once more") {
  OneChannel world;
  world.receiver.status = 500;
  world.put("a");
  world.deliver();
  std::string state;
  for (const auto& [name, bytes] : world.storage->objects())
    if (name.starts_with("ops/state/")) state = name;
  REQUIRE(!state.empty());
  world.receiver.status = 200;
  for (const std::string_view damage : {"", "[]", "{\"version\":1}", "{\"version\":1.5}", "{\"version\":-1}"}) {
    CAPTURE(damage);
    world.storage->set(state, hf::Bytes(hf::as_bytes(damage).begin(), hf::as_bytes(damage).end()));
    CHECK_THROWS_WITH_AS(world.deliver(), doctest::Contains(state.c_str()), hf::Error);
  }
  world.storage->erase(state);
  CHECK(world.deliver().delivered == 1);
}

TEST_CASE("at most a thousand undelivered notices are kept") {
  OneChannel world;
  hf::Outbox outbox = world.outbox();
  for (int i = 0; i < 1005; ++i) {
    world.put("x" + std::to_string(i));
    const std::string name = outbox.waiting().at(0);
    outbox.keep_undelivered(name, "why");
    outbox.remove({name});
  }
  CHECK(outbox.undelivered() == 1000);
}
