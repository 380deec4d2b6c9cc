#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "holdfast/notify.hpp"
#include "support/child.hpp"
#include "support/http_double.hpp"
#include "support/smtp_double.hpp"
#include "support/storage_double.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
namespace hf = holdfast;
using hf::testing::HttpDouble;
using namespace std::chrono_literals;

namespace {

hf::Channel webhook(const HttpDouble& server, const std::string& name = "ops") {
  return {
      .name = name, .url = hf::Secret(server.url() + "/hooks/TOKEN-4711"), .signing_key = hf::Secret(std::string_view("key")), .mail = {}};
}

hf::Notice failure(const std::string& title) {
  return {.kind = hf::NoticeKind::failed,
          .severity = hf::NoticeSeverity::critical,
          .series = "shop",
          .title = title,
          .message = {},
          .facts = {}};
}

std::string title_in(const HttpDouble::Request& request) { return nlohmann::json::parse(request.body)["notices"][0]["title"]; }

std::string titles_in(const std::vector<HttpDouble::Request>& requests) {
  std::string all;
  for (const auto& request : requests) all += title_in(request) + " ";
  return all;
}

struct FakeTime {
  FakeTime() { context.host.clock = &clock; }
  hf::test::StandingClock clock;
  hf::Context context;
};

}  // namespace

TEST_CASE("a webhook is signed as Standard Webhooks describe it, over its id, its time and its body") {
  HttpDouble server([](const auto&) { return HttpDouble::Response{}; });
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  FakeTime time;
  hf::Channel channel = webhook(server);
  SUBCASE("with a key as text") {}
  SUBCASE("with an encoded key") { channel.signing_key = hf::Secret(std::string_view("whsec_a2V5")); }
  hf::Notifier notifier(folder.path(), {channel});
  CHECK(notifier.put(failure("a"), time.context) == 1);
  CHECK(notifier.deliver(time.context).ok());
  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  const HttpDouble::Request& request = requests[0];
  CHECK(request.method == "POST");
  CHECK(request.target == "/hooks/TOKEN-4711");
  CHECK(request.header("content-type") == "application/json");
  CHECK(request.header("webhook-timestamp") == "1795197600");
  CHECK(request.header("idempotency-key") == request.header("webhook-id"));
  const std::string text = request.header("webhook-id") + ".1795197600." + request.body;
  CHECK(request.header("webhook-signature") == "v1," + hf::to_base64(hf::hmac_sha256(hf::as_bytes("key"), hf::as_bytes(text))));
}

TEST_CASE("a receiver that is down for an hour gets all notices afterwards, once and in order") {
  bool down = true;
  HttpDouble server([&](const auto&) { return HttpDouble::Response{.status = 200, .headers = {}, .body = {}, .drop = down}; });
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  FakeTime time;
  std::string expected;
  for (int minute = 0; minute < 60; ++minute) {
    hf::Notifier notifier(folder.path(), {webhook(server)});  // another process each time
    notifier.put(failure(std::to_string(minute)), time.context);
    expected += std::to_string(minute) + " ";
    CHECK(!notifier.deliver(time.context).ok());
    time.clock.advance(1min);
  }
  const std::size_t failed = server.requests().size();
  CHECK(failed < 20);
  down = false;
  hf::Notifier notifier(folder.path(), {webhook(server)});
  time.clock.advance(15min);
  const hf::DeliveryReport report = notifier.deliver(time.context);
  CHECK(report.ok());
  CHECK(report.channels.at(0).delivered == 60);
  auto requests = server.requests();
  requests.erase(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(failed));
  CHECK(titles_in(requests) == expected);
  CHECK(notifier.deliver(time.context).channels.at(0).messages == 0);
}

TEST_CASE("a mail server that is down for an hour gets all mails afterwards, once and in order") {
  hf::testing::SmtpDouble server;
  server.down = true;
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  FakeTime time;
  const hf::Channel channel{.name = "mail",
                            .kind = hf::ChannelKind::email,
                            .mail = {.host = "127.0.0.1",
                                     .port = static_cast<std::uint16_t>(server.port()),
                                     .tls = hf::MailTls::none,
                                     .user = {},
                                     .from = "backup@example.org",
                                     .to = {"ops@example.org"}}};
  hf::Notifier notifier(folder.path(), {channel});
  std::vector<std::string> expected;
  for (int minute = 0; minute < 60; minute += 5) {
    expected.push_back("Subject: notice " + std::to_string(minute) + "\n");
    notifier.put(failure("notice " + std::to_string(minute)), time.context);
    CHECK(!notifier.deliver(time.context).ok());
    time.clock.advance(5min);
  }
  CHECK(server.mails().empty());
  server.down = false;
  time.clock.advance(15min);
  CHECK(notifier.deliver(time.context).ok());
  CHECK(notifier.deliver(time.context).ok());
  const std::vector<std::string> mails = server.mails();
  REQUIRE(mails.size() == expected.size());
  for (std::size_t i = 0; i < mails.size(); ++i) CHECK(mails[i].find(expected[i]) != std::string::npos);
}

TEST_CASE("a process that is killed between the send and its mark sends the message again under the same id") {
  std::atomic<pid_t> victim{0};
  HttpDouble server([&](const auto&) {
    if (const pid_t pid = victim.exchange(0); pid != 0) ::kill(pid, SIGKILL);
    return HttpDouble::Response{};
  });
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  FakeTime time;
  hf::Notifier notifier(folder.path(), {webhook(server)});
  notifier.put(failure("a"), time.context);
  notifier.put(failure("b"), time.context);
  int go[2];
  REQUIRE(::pipe(go) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 0;
    if (::read(go[0], &byte, 1) == 1) hf::Notifier(folder.path(), {webhook(server)}).deliver(time.context);
    ::_exit(0);
  }
  victim = child;
  REQUIRE(::write(go[1], "x", 1) == 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(notifier.deliver(time.context).ok());
  const auto requests = server.requests();
  CHECK(titles_in(requests) == "a a b ");
  CHECK(requests[0].header("webhook-id") == requests[1].header("webhook-id"));
  CHECK(requests[1].header("webhook-id") != requests[2].header("webhook-id"));
}

TEST_CASE("processes that put and deliver at once lose nothing, send nothing twice, and keep the order of each") {
  HttpDouble server([](const auto&) { return HttpDouble::Response{}; });
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  constexpr int kProcesses = 3, kEach = 12;
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = ::fork();
    if (child == 0) {
      FakeTime time;
      hf::Notifier notifier(folder.path(), {webhook(server)});
      for (int i = 0; i < kEach; ++i) {
        notifier.put(failure(std::string(1, static_cast<char>('a' + process)) + std::to_string(i)), time.context);
        notifier.deliver(time.context);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  FakeTime time;
  hf::Notifier notifier(folder.path(), {webhook(server)});
  CHECK(notifier.deliver(time.context).ok());
  CHECK(notifier.status(time.context).channels.at(0).waiting == 0);
  std::map<char, int> next;
  for (const auto& request : server.requests()) {
    const std::string title = title_in(request);
    CHECK(std::stoi(title.substr(1)) == next[title[0]]++);
  }
  for (int process = 0; process < kProcesses; ++process) CHECK(next[static_cast<char>('a' + process)] == kEach);
}

TEST_CASE("a channel that fails does not keep the others from theirs, and no error or stored byte shows its URL") {
  HttpDouble bad([](const auto&) {
    return HttpDouble::Response{.status = 404, .headers = {{"X-Echo", "TOKEN-4711"}}, .body = "no TOKEN-4711 here"};
  });
  HttpDouble good([](const auto&) { return HttpDouble::Response{}; });
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  FakeTime time;
  hf::Notifier notifier(folder.path(), {webhook(bad, "bad"), webhook(good, "good")});
  CHECK(notifier.put(failure("a"), time.context) == 2);
  const hf::DeliveryReport report = notifier.deliver(time.context);
  CHECK(!report.ok());
  CHECK(report.channels.at(0).error.find("status 404") != std::string::npos);
  CHECK(report.channels.at(1).delivered == 1);
  CHECK(to_json(report).find("4711") == std::string::npos);
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    CHECK(text.find("4711") == std::string::npos);
    CHECK((fs::status(entry.path()).permissions() & fs::perms::others_all) == fs::perms::none);
  }
}

TEST_CASE("a redirect is not followed") {
  HttpDouble other([](const auto&) { return HttpDouble::Response{}; });
  HttpDouble server([&](const auto&) { return HttpDouble::Response{.status = 307, .headers = {{"Location", other.url()}}, .body = {}}; });
  hf::Context context;
  CHECK_THROWS_WITH_AS(send_notice(webhook(server), failure("a"), context), doctest::Contains("redirect, which is not followed"),
                       hf::Error);
  CHECK(other.requests().empty());
}

TEST_CASE("a ping goes to start, success and fail, and keeps the URL's query") {
  HttpDouble server([](const auto&) { return HttpDouble::Response{}; });
  hf::Context context;
  const hf::Channel channel{
      .name = "hc", .kind = hf::ChannelKind::ping, .url = hf::Secret(server.url() + "/ping/uuid/?create=1"), .mail = {}};
  hf::OperationRecord record;
  record.operation = "backup";
  for (const auto outcome :
       {hf::Outcome::running, hf::Outcome::succeeded, hf::Outcome::warnings, hf::Outcome::failed, hf::Outcome::faults}) {
    record.outcome = outcome;
    send_notice(channel, notice_of(record, "shop", hf::Outcome::succeeded), context);
  }
  std::vector<std::string> targets;
  for (const auto& request : server.requests()) targets.push_back(request.target);
  CHECK(targets == std::vector<std::string>{"/ping/uuid/start?create=1", "/ping/uuid?create=1", "/ping/uuid?create=1",
                                            "/ping/uuid/fail?create=1", "/ping/uuid/fail?create=1"});
}

TEST_CASE("each chat gets the JSON that it takes, without a webhook's headers") {
  HttpDouble server([](const auto&) { return HttpDouble::Response{.status = 202, .headers = {}, .body = "ok"}; });
  hf::Context context;
  for (const auto& [kind, member] :
       {std::pair{hf::ChannelKind::slack, "blocks"}, {hf::ChannelKind::discord, "embeds"}, {hf::ChannelKind::teams, "attachments"}}) {
    send_notice({.name = "chat", .kind = kind, .url = hf::Secret(server.url() + "/T0KEN"), .mail = {}}, failure("backup FAILED"), context);
    const HttpDouble::Request request = server.requests().back();
    CHECK(request.header("content-type") == "application/json");
    CHECK(request.header("webhook-id").empty());
    CHECK(nlohmann::json::parse(request.body).contains(member));
    CHECK(request.body.find("backup FAILED") != std::string::npos);
  }
}

TEST_CASE("a notice that waits is not stored twice, and one that no channel takes is not stored") {
  HttpDouble server([](const auto&) { return HttpDouble::Response{}; });
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  FakeTime time;
  hf::Notifier notifier(folder.path(), {webhook(server)});
  for (int i = 0; i < 3; ++i) notifier.put(failure("a"), time.context);
  hf::Notice routine = failure("b");
  routine.kind = hf::NoticeKind::succeeded;
  CHECK(notifier.put(routine, time.context) == 0);
  CHECK(notifier.status(time.context).channels.at(0).waiting == 1);
}

TEST_CASE("notices for a channel that no longer exists are named, and wait for its return") {
  HttpDouble server([](const auto&) { return HttpDouble::Response{}; });
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  FakeTime time;
  hf::Notifier(folder.path(), {webhook(server, "old")}).put(failure("a"), time.context);
  const hf::DeliveryReport report = hf::Notifier(folder.path(), {}).deliver(time.context);
  REQUIRE(report.channels.size() == 1);
  CHECK(report.channels[0].channel == "old");
  CHECK(!report.channels[0].configured);
  CHECK(report.channels[0].waiting == 1);
  CHECK(!report.ok());
  CHECK(hf::Notifier(folder.path(), {webhook(server, "old")}).deliver(time.context).ok());
}

TEST_CASE("a command gets the message as JSON and variables, never as arguments, and its failure is retried") {
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  const std::string out = (folder.path() / "out").string();
  FakeTime time;
  hf::Channel channel{
      .name = "pager",
      .kind = hf::ChannelKind::command,
      .mail = {},
      .argv = {"/bin/sh", "-c", "cat >> " + out + "; echo \"$HOLDFAST_TITLE\" >> " + out + "; echo broken >&2; exit 4", "arg0"}};
  hf::Notifier notifier(folder.path() / "outbox", {channel});
  notifier.put(failure("$(touch " + (folder.path() / "pwned").string() + ")`id`;x"), time.context);
  const hf::DeliveryReport report = notifier.deliver(time.context);
  CHECK(report.channels.at(0).error == "/bin/sh ended with status 4: broken");
  CHECK(report.channels.at(0).waiting == 1);
  std::ifstream file(out);
  std::string json, title;
  std::getline(file, json);
  CHECK(json.find("\"notices\":[{") != std::string::npos);
  CHECK(json.find("$(touch") != std::string::npos);
  CHECK(!fs::exists(folder.path() / "pwned"));
}

TEST_CASE("cancel ends a delivery that waits for a receiver, and the notice stays") {
  std::stop_source stop;
  HttpDouble server([&](const auto&) {
    stop.request_stop();
    std::this_thread::sleep_for(300ms);
    return HttpDouble::Response{};
  });
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  FakeTime time;
  time.context.stop = stop.get_token();
  hf::Notifier notifier(folder.path(), {webhook(server)});
  notifier.put(failure("a"), time.context);
  CHECK_THROWS_AS(notifier.deliver(time.context), hf::Error);
  time.context.stop = {};
  CHECK(notifier.status(time.context).channels.at(0).waiting == 1);
}

TEST_CASE("an outbox that is no folder, and two channels of one name, are errors") {
  const hf::testing::TempDirectory folder(hf::testing::memory_directory());
  std::ofstream(folder.path() / "file") << "x";
  CHECK_THROWS_AS(hf::Notifier(folder.path() / "file", {}), hf::Error);
  HttpDouble server([](const auto&) { return HttpDouble::Response{}; });
  CHECK_THROWS_WITH_AS(hf::Notifier(folder.path(), {webhook(server), webhook(server)}), doctest::Contains("two channels"), hf::Error);
}
