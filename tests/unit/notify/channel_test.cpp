#include <doctest/doctest.h>

#include <algorithm>

#include "holdfast/error.hpp"
#include "holdfast/notify.hpp"

namespace hf = holdfast;

namespace {

hf::Options options_for(std::string_view kind, hf::Options more = {}) {
  if (kind == "email") {
    more.emplace("host", "mail.example.org");
    more.emplace("from", "backup@example.org");
    more.emplace("to", "ops@example.org");
  } else if (kind == "command") {
    more.emplace("command", "logger -t backup");
  } else {
    more.emplace("url", "https://example.org/hooks/TOKEN-4711?x=y");
  }
  return more;
}

std::string refused(std::string_view kind, hf::Options options, std::string name = "ops") {
  try {
    hf::parse_channel(std::move(name), kind, options);
  } catch (const hf::Error& error) {
    CHECK(error.code() == hf::ErrorCode::invalid_argument);
    return error.message();
  }
  return "";
}

bool takes(const hf::Channel& channel, hf::NoticeKind kind, hf::NoticeSeverity severity = hf::NoticeSeverity::critical,
           std::string series = "shop") {
  return channel.filter.takes(channel.kind,
                              {.kind = kind, .severity = severity, .series = std::move(series), .title = {}, .message = {}, .facts = {}});
}

}  // namespace

TEST_CASE("each kind of channel is made of its options") {
  for (const hf::ChannelType& type : hf::channel_types()) {
    CAPTURE(to_string(type.kind));
    CHECK(hf::parse_channel("ops", to_string(type.kind), options_for(to_string(type.kind))).kind == type.kind);
    CHECK(!refused(to_string(type.kind), {}).empty());
    CHECK(!refused(to_string(type.kind), options_for(to_string(type.kind), {{"colour", "red"}})).empty());
  }
  CHECK(refused("pager", {}).find("webhook, slack") != std::string::npos);
}

TEST_CASE("a channel's name is that of a folder") {
  for (const char* name : {"", "..", "a/b", "A", "-a", "a b", "ü", "a.lock"}) CHECK(!refused("slack", options_for("slack"), name).empty());
  CHECK(!refused("slack", options_for("slack"), std::string(64, 'a')).empty());
  CHECK(refused("slack", options_for("slack"), "0-ops_2").empty());
}

TEST_CASE("no error about a channel shows its URL, key, token or password") {
  const std::vector<std::pair<const char*, hf::Options>> wrong = {
      {"slack", {{"url", "ftp://example.org/TOKEN-4711"}}},
      {"slack", {{"url", "https://user:TOKEN-4711@example.org/"}}},
      {"slack", {{"url", "https://example.org/TOKEN-4711\r\nHost: x"}}},
      {"webhook", options_for("webhook", {{"signing_key", "whsec_TOKEN-4711!"}})},
      {"webhook", options_for("webhook", {{"bearer_token", "TOKEN-4711\r\nX: y"}})},
      {"email", options_for("email", {{"user", "u"}, {"password", "TOKEN-4711"}, {"tls", "none"}})},
      {"email", options_for("email", {{"password", "TOKEN-4711"}})},
  };
  for (const auto& [kind, options] : wrong) {
    const std::string why = refused(kind, options);
    CAPTURE(why);
    CHECK(why.find("channel ops") != std::string::npos);
    CHECK(why.find("4711") == std::string::npos);
  }
}

TEST_CASE("an address can't add a header or a command") {
  for (const char* address :
       {"ops", "@example.org", "ops@", "a b@example.org", "<ops@example.org>", "ops@example.org\r\nBcc: x@example.org", "a@b@example.org",
        "öps@example.org", "\"a\"@example.org", "a@example.org;b"}) {
    CAPTURE(address);
    hf::Options options = options_for("email");
    options["to"] = address;
    CHECK(!refused("email", options).empty());
    options = options_for("email");
    options["from"] = address;
    CHECK(!refused("email", options).empty());
  }
  hf::Options hosts = options_for("email");
  hosts["host"] = "mail.example.org/x\r\nQUIT";
  CHECK(!refused("email", hosts).empty());
  CHECK(hf::parse_channel("ops", "email", options_for("email", {{"to", "a@example.org, b@example.org"}})).mail.to.size() == 2);
}

TEST_CASE("wrong values and templates are refused before anything is sent") {
  const std::vector<hf::Options> wrong = {
      {{"events", "failed, failure"}}, {{"at_least", "fatal"}}, {{"keep", "1s"}},        {{"timeout", "2h"}},
      {{"title", "{{nothing}}"}},      {{"text", "{{title"}},   {{"body", "{{title}}"}}, {{"body", "{\"a\": {{title}}}"}},
      {{"most_messages", "-1"}},       {{"proxy", "nonsense"}}};
  for (const hf::Options& options : wrong) {
    CAPTURE(options.begin()->first);
    CHECK(!refused("webhook", options_for("webhook", options)).empty());
  }
  CHECK(refused("webhook", options_for("webhook", {{"body", R"({"a": "{{title}}", "b": "{{fact.rows}}"})"}})).empty());
  CHECK(!refused("slack", options_for("slack", {{"body", "{}"}})).empty());
  CHECK(!refused("ping", options_for("ping", {{"digest", "1h"}})).empty());
}

TEST_CASE("a channel hears of the usual notices, or of those that it names") {
  using enum hf::NoticeKind;
  const hf::Channel usual = hf::parse_channel("ops", "slack", options_for("slack"));
  CHECK(takes(usual, failed));
  CHECK(takes(usual, recovered));
  CHECK(takes(usual, overdue));
  CHECK(!takes(usual, started));
  CHECK(!takes(usual, succeeded));
  const hf::Channel ping = hf::parse_channel("ops", "ping", options_for("ping"));
  CHECK(takes(ping, started));
  CHECK(takes(ping, failed));
  CHECK(!takes(ping, overdue));
  const hf::Channel named = hf::parse_channel("ops", "slack", options_for("slack", {{"events", "succeeded,overdue"}}));
  CHECK(takes(named, succeeded));
  CHECK(!takes(named, failed));
  CHECK(takes(named, test));
}

TEST_CASE("severity and series filter, too") {
  using enum hf::NoticeKind;
  const hf::Channel channel = hf::parse_channel("ops", "slack", options_for("slack", {{"at_least", "warning"}, {"series", "shop, web-*"}}));
  CHECK(takes(channel, failed));
  CHECK(!takes(channel, failed, hf::NoticeSeverity::info));
  CHECK(takes(channel, failed, hf::NoticeSeverity::warning, "web-1"));
  CHECK(!takes(channel, failed, hf::NoticeSeverity::critical, "web"));
  CHECK(!takes(channel, failed, hf::NoticeSeverity::critical, "shop2"));
}
