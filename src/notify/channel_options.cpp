#include <algorithm>
#include <array>

#include "base/words.hpp"
#include "holdfast/error.hpp"
#include "holdfast/exec.hpp"
#include "holdfast/notify.hpp"

namespace holdfast {

namespace {

using Specs = std::vector<OptionSpec>;

constexpr std::array kChannelKinds = {ChannelKind::webhook, ChannelKind::slack, ChannelKind::discord, ChannelKind::teams,
                                      ChannelKind::email,   ChannelKind::ping,  ChannelKind::command};

OptionSpec text(const char* name, const char* help) { return {.name = name, .help = help}; }
OptionSpec secret(const char* name, const char* help) { return {.name = name, .help = help, .secret = true}; }
OptionSpec duration(const char* name, const char* usual, const char* help, std::int64_t minimum) {
  return {.name = name, .type = OptionType::duration, .default_value = usual, .help = help, .minimum = minimum};
}

const Specs& common_specs() {
  static const Specs kSpecs = {
      text("events", "the notices that it takes, with commas between them; default: the usual ones of its kind"),
      {.name = "at_least",
       .type = OptionType::choice,
       .default_value = "info",
       .help = "the least severity",
       .choices = {"info", "warning", "critical"}},
      text("series", "the series that it takes, with commas between them: names, or beginnings with a * at the end; default: all"),
      text("title", "template of the title"),
      text("text", "template of the text"),
      duration("timeout", "30s", "limit of one attempt", 1),
      duration("keep", "3d", "an older notice is given up after a failed attempt", 60),
  };
  return kSpecs;
}

const Specs& batch_specs() {
  static const Specs kSpecs = {
      {.name = "most_messages",
       .type = OptionType::integer,
       .default_value = "0",
       .help = "most messages in each period; 0 = no limit",
       .maximum = 1000},
      duration("period", "1h", "period of most_messages", 1),
      duration("digest", "0s", "collect notices for this long and send them together", 0),
  };
  return kSpecs;
}

const Specs& http_specs() {
  static const Specs kSpecs = {
      secret("url", "the URL of the receiver"),
      text("ca_file", "file with PEM certificates to trust instead of the system's"),
      text("proxy", "URL of a proxy; proxy variables of the environment are ignored"),
  };
  return kSpecs;
}

const Specs& webhook_specs() {
  static const Specs kSpecs = {
      secret("signing_key", "key of the HMAC-SHA256 signature; whsec_ and base64, or the key itself"),
      secret("bearer_token", "sent as Authorization: Bearer"),
      text("body", "template of a JSON body of your own"),
  };
  return kSpecs;
}

const Specs& mail_specs() {
  static const Specs kSpecs = {
      text("host", "the mail server"),
      {.name = "port",
       .type = OptionType::integer,
       .default_value = "0",
       .help = "its port; 0 = 587, 465 or 25, as tls has it",
       .maximum = 65535},
      {.name = "tls",
       .type = OptionType::choice,
       .default_value = "starttls",
       .help = "how the connection is encrypted",
       .choices = {"starttls", "tls", "none"}},
      text("user", "for AUTH; default: none"),
      secret("password", "for AUTH"),
      text("from", "the sender's address"),
      text("to", "the receivers' addresses, with commas between them"),
      text("ca_file", "file with PEM certificates to trust instead of the system's"),
  };
  return kSpecs;
}

const Specs& command_specs() {
  static const Specs kSpecs = {
      text("command", "the program and its arguments, split as a shell would; it gets JSON on its standard input")};
  return kSpecs;
}

const char* help_of(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::webhook: return "JSON to a URL, signed with HMAC-SHA256 (Standard Webhooks)";
    case ChannelKind::slack: return "an incoming webhook of Slack, Mattermost or Rocket.Chat";
    case ChannelKind::discord: return "a webhook of Discord";
    case ChannelKind::teams: return "a workflow of Microsoft Teams";
    case ChannelKind::email: return "mail through an SMTP server";
    case ChannelKind::ping: return "start, success and failure to a URL of healthchecks";
    default: return "a program of your own";
  }
}

Specs specs_of(ChannelKind kind) {
  Specs specs;
  const auto add = [&](const Specs& more) { specs.insert(specs.end(), more.begin(), more.end()); };
  if (kind == ChannelKind::email) add(mail_specs());
  if (kind == ChannelKind::command) add(command_specs());
  if (kind != ChannelKind::email && kind != ChannelKind::command) add(http_specs());
  if (kind == ChannelKind::webhook) add(webhook_specs());
  add(common_specs());
  if (kind != ChannelKind::ping) add(batch_specs());
  return specs;
}

ChannelKind kind_named(std::string_view name) {
  const auto found = std::ranges::find(kChannelKinds, name, [](ChannelKind kind) { return to_string(kind); });
  if (found != kChannelKinds.end()) return *found;
  std::string known;
  for (const ChannelKind kind : kChannelKinds) known.append(known.empty() ? "" : ", ").append(to_string(kind));
  throw Error(ErrorCode::invalid_argument, "there is no kind of channel '" + std::string(name) + "': use one of " + known);
}

void read_filter(const ParsedOptions& given, NoticeFilter& filter) {
  for (const std::string& name : split_list(given.text("events"))) filter.kinds.push_back(parse_notice_kind(name));
  filter.at_least = parse_notice_severity(given.text("at_least"));
  filter.series = split_list(given.text("series"));
}

MailRoute read_route(const ParsedOptions& given) {
  const std::string& tls = given.text("tls");
  return {.host = given.text("host"),
          .port = static_cast<std::uint16_t>(given.integer("port")),
          .tls = tls == "tls"    ? MailTls::tls
                 : tls == "none" ? MailTls::none
                                 : MailTls::starttls,
          .user = given.text("user"),
          .password = Secret(given.text("password")),
          .from = given.text("from"),
          .to = split_list(given.text("to"))};
}

void read_http(const ParsedOptions& given, Channel& channel) {
  channel.url = Secret(given.text("url"));
  channel.ca_file = given.text("ca_file");
  channel.proxy = given.text("proxy");
  if (channel.kind != ChannelKind::webhook) return;
  channel.signing_key = Secret(given.text("signing_key"));
  channel.bearer_token = Secret(given.text("bearer_token"));
  channel.body = given.text("body");
}

std::vector<std::string> read_command(const ParsedOptions& given, const std::string& name) {
  try {
    return given.text("command").empty() ? std::vector<std::string>() : split_words(given.text("command"));
  } catch (const Error& error) {
    throw error.with_context("channel " + name);
  }
}

void read_batches(const ParsedOptions& given, Channel& channel) {
  channel.most_messages = static_cast<unsigned>(given.integer("most_messages"));
  channel.period = given.duration("period");
  channel.digest = given.duration("digest");
}

}  // namespace

std::vector<ChannelType> channel_types() {
  std::vector<ChannelType> types;
  for (const ChannelKind kind : kChannelKinds) types.push_back({kind, help_of(kind), specs_of(kind)});
  return types;
}

Channel parse_channel(std::string name, std::string_view kind, const Options& options) {
  Channel channel{.name = std::move(name), .kind = kind_named(kind)};
  const ParsedOptions given = parse_options("channel " + channel.name, specs_of(channel.kind), options);
  read_filter(given, channel.filter);
  channel.title = given.text("title");
  channel.text = given.text("text");
  channel.timeout = given.duration("timeout");
  channel.keep = given.duration("keep");
  if (channel.kind != ChannelKind::ping) read_batches(given, channel);
  if (channel.kind == ChannelKind::email) {
    channel.mail = read_route(given);
    channel.ca_file = given.text("ca_file");
  } else if (channel.kind == ChannelKind::command) {
    channel.argv = read_command(given, channel.name);
  } else {
    read_http(given, channel);
  }
  check_channel(channel);
  return channel;
}

}  // namespace holdfast
