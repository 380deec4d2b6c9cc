// Hostile values in what channels send: no header, markup, mention, command or template comes of them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/base64.hpp"
#include "base/utf8.hpp"
#include "notify/chat_body.hpp"
#include "notify/mail_text.hpp"
#include "notify/message.hpp"

namespace hf = holdfast;
using Json = nlohmann::json;

namespace {

const std::vector<std::string> kHostileTexts = {
    "<!channel> <@U123> <http://evil.example|click>",
    "@everyone @here <@&1> <#2>",
    "**bold** _it_ ~~s~~ `code` ```block``` [click](http://evil.example) # head",
    "- list\n1. list\n> quote",
    "a\r\nBcc: victim@example.org\r\n\r\nbody",
    "=?utf-8?B?SGVsbG8=?=",
    "{{message}} {{fact.password}} {{{title}}}",
    "\"},{\"text\":\"x\\",
    "'; rm -rf / #$(id)`id`",
    "\x1b]0;title\x07\x1b[31m",
    "\xE2\x80\xAEgpj.exe",
    "\xFF\xFE\xC0\xAF",
    std::string("nul\0byte", 8),
    "<script>alert(1)</script>&amp;",
    std::string(20'000, '<') + std::string(20'000, '*'),
    "",
};

hf::Channel channel_of(hf::ChannelKind kind) { return {.name = "ops", .kind = kind}; }

hf::Message webhook_message(const std::string& text, hf::Channel channel = channel_of(hf::ChannelKind::webhook), std::size_t count = 1) {
  std::vector<hf::StoredNotice> notices;
  for (std::size_t i = 0; i < count; ++i) {
    notices.push_back(hf::stored_notice({.kind = hf::NoticeKind::failed,
                                         .severity = hf::NoticeSeverity::critical,
                                         .series = text,
                                         .title = text + std::to_string(i),
                                         .message = text,
                                         .facts = {{text, text}, {"sources", text}}},
                                        {}));
  }
  return hf::make_message(channel, notices);
}

std::string unescaped(std::string text) {
  for (const auto& [from, to] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += 1) text.replace(at, std::string(from).size(), to);
  }
  return text;
}

}  // namespace

TEST_CASE("Slack gets plain text in which no mention or link is left, within its lengths") {
  for (const std::string& hostile : kHostileTexts) {
    CAPTURE(hostile);
    const hf::Message message = webhook_message(hostile);
    const Json json = Json::parse(hf::slack_body(message));
    CHECK(json["mrkdwn"] == false);
    std::string all;
    for (const Json& block : json["blocks"]) {
      CHECK(block["text"]["type"] == "plain_text");
      const std::string text = block["text"]["text"];
      CHECK(text.size() <= (block["type"] == "header" ? 150 : 3000));
      CHECK(text.find_first_of("<>") == std::string::npos);
      if (block["type"] == "section") all += unescaped(text);
    }
    CHECK(json["blocks"].size() <= 11);
    if (!all.ends_with("…")) CHECK(all == message.text);
    CHECK(all.size() > message.text.size() / 2);
  }
}

TEST_CASE("in Discord's Markdown every sign of punctuation is escaped, and nobody is mentioned") {
  for (const std::string& hostile : kHostileTexts) {
    CAPTURE(hostile);
    const Json json = Json::parse(hf::discord_body(webhook_message(hostile)));
    CHECK(json["allowed_mentions"]["parse"].empty());
    CHECK(!json.contains("content"));
    const Json& embed = json["embeds"][0];
    CHECK(embed["title"].get<std::string>().size() <= 256);
    CHECK(embed["description"].get<std::string>().size() <= 4096);
    for (const char* key : {"title", "description"}) {
      const std::string text = embed[key];
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
          CHECK(std::string_view("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~").find(text[i]) == std::string_view::npos);
          continue;
        }
        ++i;  // the escaped sign
        CHECK(i < text.size());
      }
    }
  }
}

TEST_CASE("Teams gets text runs, which are never Markdown") {
  for (const std::string& hostile : kHostileTexts) {
    CAPTURE(hostile);
    const hf::Message message = webhook_message(hostile);
    const std::string body = hf::teams_body(message);
    CHECK(body.size() < 28'000);
    const Json card = Json::parse(body)["attachments"][0]["content"];
    for (const Json& block : card["body"]) {
      CHECK(block["type"] == "RichTextBlock");
      CHECK(block["inlines"][0]["type"] == "TextRun");
    }
    CHECK(card["body"][0]["inlines"][0]["text"] == message.title);
  }
}

TEST_CASE("a mail has the headers that it should, whatever its subject and text, and shows both as they are") {
  const hf::MailRoute route{.host = "mail", .user = {}, .from = "backup@example.org", .to = {"a@example.org", "b@example.org"}};
  for (const std::string& hostile : kHostileTexts) {
    CAPTURE(hostile);
    const hf::Message message = webhook_message(hostile);
    const std::string mail = hf::mail_text(route, message, hf::parse_time("2026-11-29T12:36:22Z"));
    const std::size_t end = mail.find("\r\n\r\n");
    std::istringstream head(mail.substr(0, end + 2));
    std::vector<std::string> names;
    for (std::string line; std::getline(head, line);) {
      CHECK(line.ends_with('\r'));
      CHECK(line.size() <= 999);
      CHECK(std::ranges::all_of(line.substr(0, line.size() - 1), [](char c) { return c >= ' ' && c <= '~'; }));
      if (line.front() != ' ') names.push_back(line.substr(0, line.find(':')));
    }
    CHECK(names == std::vector<std::string>{"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
                                            "Content-Transfer-Encoding"});
    const bool encoded =
        mail.find("Subject: =?utf-8?B?") != std::string::npos && mail.find("Subject: " + message.title) == std::string::npos;
    CHECK((encoded || message.title.find("=?") == std::string::npos));
    std::string body = mail.substr(end + 4);
    std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
    std::string text(hf::as_text(hf::from_base64(body)));
    std::erase(text, '\r');
    CHECK(text == message.text + "\n");
    CHECK(mail.find("\r\nDate: Sun, 29 Nov 2026 12:36:22 +0000\r\n") != std::string::npos);
  }
}

TEST_CASE("a webhook's own body is JSON whatever its values, and holds them unchanged") {
  hf::Channel channel = channel_of(hf::ChannelKind::webhook);
  channel.body = R"({"text": "{{title}}: {{message}}", "series": "{{series}}", "fact": "{{fact.sources}}"})";
  for (const std::string& hostile : kHostileTexts) {
    CAPTURE(hostile);
    const hf::Message message = webhook_message(hostile, channel);
    const Json json = Json::parse(hf::webhook_body(channel, message));
    const hf::Notice& notice = message.notices[0].notice;
    CHECK(json["text"] == notice.title + ": " + notice.message);
    CHECK(json["series"] == notice.series);
    CHECK(json["fact"] == notice.facts.back().second);
    CHECK(json.size() == 3);
  }
}

TEST_CASE("values in a channel's templates are not templates, and stay one line in a title") {
  hf::Channel channel = channel_of(hf::ChannelKind::slack);
  channel.title = "[{{severity}}] {{message}}";
  channel.text = "{{fact.sources}}";
  for (const std::string& hostile : kHostileTexts) {
    const hf::Message message = webhook_message(hostile, channel);
    CHECK(message.title.find('\n') == std::string::npos);
    CHECK(message.title.starts_with("[critical] "));
    CHECK(message.text == message.notices[0].notice.facts.back().second);
    CHECK(hf::is_utf8(message.title));
  }
}

TEST_CASE("several notices are one message with the worst severity, an id of all and each title") {
  const hf::Message one = webhook_message("x"), several = webhook_message("x", channel_of(hf::ChannelKind::webhook), 3);
  CHECK(one.id == one.notices[0].id);
  CHECK(several.id != one.id);
  CHECK(several.title == "3 notices, the worst: critical");
  for (const char* title : {"x0", "x1", "x2"}) CHECK(several.text.find(title) != std::string::npos);
  const Json json = Json::parse(hf::message_json(channel_of(hf::ChannelKind::webhook), several));
  CHECK(json["notices"].size() == 3);
  CHECK(json["notices"][1]["title"] == "x1");
}
