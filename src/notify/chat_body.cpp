#include "notify/chat_body.hpp"

#include "base/ascii.hpp"
#include "base/json_writer.hpp"
#include "base/plain_text.hpp"

namespace holdfast {

namespace {

// The chats count characters, of which there are never more than bytes.
constexpr std::size_t kSlackTitle = 150, kSlackSection = 3000, kSlackSections = 10;
constexpr std::size_t kDiscordTitle = 256, kDiscordText = 4096;
constexpr std::size_t kTeamsText = 12'000;  // of a message of 28 KB, whose JSON may double it
constexpr std::string_view kCut = "…";

std::uint64_t colour_of(NoticeSeverity severity) {
  if (severity == NoticeSeverity::critical) return 0xC0392B;
  return severity == NoticeSeverity::warning ? 0xE0A030 : 0x2E8B57;
}

/// Slack reads <!channel>, <@U1> and <http://…|…> even in plain text.
std::string for_slack(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    default: return {c};
  }
}

/// In Discord's Markdown a backslash takes the meaning of any punctuation.
std::string for_discord(char c) {
  const bool punctuation = c > ' ' && c < 0x7F && !is_ascii_alnum(c);
  return punctuation ? std::string{'\\', c} : std::string{c};
}

/// Takes as many whole characters from the text as fit, escaped, into `most` bytes.
std::string take_fitting(std::string_view& text, std::size_t most, std::string (*escape)(char)) {
  std::string taken;
  std::size_t whole_taken = 0, whole_read = 0, read = 0;
  for (; read < text.size(); ++read) {
    if ((static_cast<unsigned char>(text[read]) & 0xC0U) != 0x80) {  // a character begins
      whole_taken = taken.size();
      whole_read = read;
    }
    taken += escape(text[read]);
    if (taken.size() <= most) continue;
    taken.resize(whole_taken);
    read = whole_read;
    break;
  }
  text.remove_prefix(read);
  return taken;
}

std::string fitted(std::string_view text, std::size_t most, std::string (*escape)(char)) {
  const std::string taken = take_fitting(text, most - kCut.size(), escape);
  return text.empty() ? taken : taken + std::string(kCut);
}

void write_slack_text(JsonWriter& out, const char* block, const std::string& text) {
  out.begin_object();
  out.member("type", block);
  out.key("text");
  out.begin_object();
  out.member("type", "plain_text");
  out.member("text", text);
  out.member("emoji", false);
  out.end_object();
  out.end_object();
}

void write_teams_text(JsonWriter& out, const std::string& text, bool title) {
  out.begin_object();
  out.member("type", "RichTextBlock");  // unlike those of a TextBlock, its runs are never Markdown
  out.key("inlines");
  out.begin_array();
  out.begin_object();
  out.member("type", "TextRun");
  out.member("text", text);
  if (title) out.member("weight", "Bolder");
  if (title) out.member("size", "Medium");
  out.end_object();
  out.end_array();
  out.end_object();
}

}  // namespace

std::string slack_body(const Message& message) {
  const std::string title = fitted(message.title, kSlackTitle, for_slack);
  JsonWriter out;
  out.begin_object();
  out.member("text", title);  // of the notification on a telephone
  out.member("mrkdwn", false);
  out.member("unfurl_links", false);
  out.key("blocks");
  out.begin_array();
  write_slack_text(out, "header", title);
  std::string_view rest = message.text;
  for (std::size_t sections = 1; sections < kSlackSections && !rest.empty(); ++sections)
    write_slack_text(out, "section", take_fitting(rest, kSlackSection, for_slack));
  if (!rest.empty()) write_slack_text(out, "section", fitted(rest, kSlackSection, for_slack));
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

std::string discord_body(const Message& message) {
  JsonWriter out;
  out.begin_object();
  out.key("allowed_mentions");
  out.begin_object();
  out.key("parse");
  out.begin_array();
  out.end_array();
  out.end_object();
  out.key("embeds");
  out.begin_array();
  out.begin_object();
  out.member("title", fitted(message.title, kDiscordTitle, for_discord));
  out.member("description", fitted(message.text, kDiscordText, for_discord));
  out.member("color", colour_of(message.severity));
  out.end_object();
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

std::string teams_body(const Message& message) {
  JsonWriter out;
  out.begin_object();
  out.member("type", "message");
  out.key("attachments");
  out.begin_array();
  out.begin_object();
  out.member("contentType", "application/vnd.microsoft.card.adaptive");
  out.key("content");
  out.begin_object();
  out.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
  out.member("type", "AdaptiveCard");
  out.member("version", "1.4");
  out.key("body");
  out.begin_array();
  write_teams_text(out, message.title, true);
  write_teams_text(out, shortened(message.text, kTeamsText), false);
  out.end_array();
  out.end_object();
  out.end_object();
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

}  // namespace holdfast
