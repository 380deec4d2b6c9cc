#include "notify/message.hpp"

#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "base/plain_text.hpp"
#include "holdfast/error.hpp"
#include "notify/notice_json.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kFact = "fact.";
constexpr std::array<std::string_view, 8> kTemplateNames = {"event", "severity", "series", "time", "title", "message", "facts", "id"};
constexpr const char* kTemplateNamesShown = "event, severity, series, time, title, message, facts, id and fact.NAME";
constexpr std::size_t kMessageIdDigits = 32, kMostOfSeveral = 300;

TextTemplate parse_template(const Channel& channel, const char* which, const std::string& text) {
  const auto known = [](std::string_view name) {
    return std::ranges::find(kTemplateNames, name) != kTemplateNames.end() || (name.starts_with(kFact) && name.size() > kFact.size());
  };
  return {text, "the " + std::string(which) + " of channel " + channel.name, known, kTemplateNamesShown};
}

std::string facts_of(const Notice& notice) {
  std::string text;
  for (const auto& [name, value] : notice.facts) text += (text.empty() ? "" : "\n") + name + ": " + value;
  return text;
}

TextTemplate::Values values_of(const std::string& id, const Notice& notice) {
  TextTemplate::Values values = {{"id", id},
                                 {"event", std::string(to_string(notice.kind))},
                                 {"severity", std::string(to_string(notice.severity))},
                                 {"series", notice.series},
                                 {"time", format_time(notice.time)},
                                 {"title", notice.title},
                                 {"message", notice.message},
                                 {"facts", facts_of(notice)}};
  for (const auto& [name, value] : notice.facts) values.emplace(std::string(kFact) + name, value);
  return values;
}

std::string usual_text(const Notice& notice) {
  std::string text = notice.message.empty() ? "" : notice.message + "\n\n";
  if (!notice.series.empty()) text += "series: " + notice.series + "\n";
  text += "event: " + std::string(to_string(notice.kind)) + ", " + std::string(to_string(notice.severity)) + "\n";
  text += "time: " + format_time(notice.time);
  const std::string facts = facts_of(notice);
  return facts.empty() ? text : text + "\n" + facts;
}

/// One of several in a message.
std::string short_text(const Notice& notice) {
  const std::string what = notice.message.empty() ? "" : "\n" + shortened(notice.message, kMostOfSeveral);
  return format_time(notice.time) + ", " + std::string(to_string(notice.severity)) + what;
}

std::string rendered_title(const Channel& channel, const StoredNotice& stored) {
  if (channel.title.empty()) return stored.notice.title;
  return plain_line(parse_template(channel, "title", channel.title).render(values_of(stored.id, stored.notice)));
}

std::string rendered_text(const Channel& channel, const StoredNotice& stored, bool one) {
  if (channel.text.empty()) return one ? usual_text(stored.notice) : short_text(stored.notice);
  return plain_text(parse_template(channel, "text", channel.text).render(values_of(stored.id, stored.notice)));
}

std::string id_of(const std::vector<StoredNotice>& notices) {
  if (notices.size() == 1) return notices.front().id;
  std::string ids;
  for (const StoredNotice& stored : notices) ids += stored.id;
  return sha256_hex(as_bytes(ids)).substr(0, kMessageIdDigits);
}

std::string json_escaped(std::string_view text) {
  JsonWriter out;
  out.value(text);
  const std::string quoted = std::move(out).text();
  return quoted.substr(1, quoted.size() - 2);
}

std::string own_body(const Channel& channel, TextTemplate::Values values) {
  return parse_template(channel, "body", channel.body).render(values, json_escaped);
}

void check_body(const Channel& channel) {
  if (channel.body.empty()) return;
  Notice sample;
  sample.title = sample.message = "\"\\\n";
  if (!try_parse_json(own_body(channel, values_of("0", sample))))
    throw Error(ErrorCode::invalid_argument, "the body of channel " + channel.name +
                                                 " is no JSON once its names are replaced: write names inside of quotes, as in "
                                                 "{\"text\": \"{{title}}\"}");
}

}  // namespace

void check_templates(const Channel& channel) {
  parse_template(channel, "title", channel.title);
  parse_template(channel, "text", channel.text);
  check_body(channel);
}

Message make_message(const Channel& channel, std::vector<StoredNotice> notices) {
  Message message{.id = id_of(notices), .notices = std::move(notices), .severity = {}, .title = {}, .text = {}};
  const bool one = message.notices.size() == 1;
  for (const StoredNotice& stored : message.notices) {
    message.severity = std::max(message.severity, stored.notice.severity);
    message.title = rendered_title(channel, stored);
    if (!message.text.empty()) message.text += "\n\n";
    message.text += one ? rendered_text(channel, stored, one) : message.title + "\n" + rendered_text(channel, stored, one);
  }
  if (!one) message.title = std::to_string(message.notices.size()) + " notices, the worst: " + std::string(to_string(message.severity));
  return message;
}

std::string message_json(const Channel& channel, const Message& message) {
  JsonWriter out;
  out.begin_object();
  out.member("id", message.id);
  out.member("channel", channel.name);
  out.member("title", message.title);
  out.key("notices");
  out.begin_array();
  for (const StoredNotice& stored : message.notices) {
    out.begin_object();
    out.member("id", stored.id);
    write_members(out, stored.notice);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

std::string webhook_body(const Channel& channel, const Message& message) {
  if (channel.body.empty()) return message_json(channel, message);
  TextTemplate::Values values = values_of(message.id, message.notices.front().notice);
  if (message.notices.size() > 1) values.insert_or_assign("severity", std::string(to_string(message.severity)));
  if (message.notices.size() > 1) values.insert_or_assign("message", message.text);
  values.insert_or_assign("title", message.title);
  return own_body(channel, std::move(values));
}

}  // namespace holdfast
