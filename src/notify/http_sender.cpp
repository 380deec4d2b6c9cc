#include <algorithm>
#include <array>

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "holdfast/version.hpp"
#include "notify/channel_fault.hpp"
#include "notify/chat_body.hpp"
#include "notify/sender.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kMostAnswer = 64U << 10;
constexpr std::string_view kEncodedKey = "whsec_";  // the form of Standard Webhooks for a key: then base64

bool is_line(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Returns the URL without saying more of it in errors than its host: the rest may be a token.
Url url_of(const Channel& channel) {
  const std::string_view text = as_text(channel.url.bytes());
  try {
    if (is_line(text)) return parse_url(text);
  } catch (const Error&) {  // its message has the URL
  }
  refuse_channel(channel, "needs the option url: an http:// or https:// URL without user and password");
}

Bytes key_of(const Channel& channel) {
  const std::string_view text = as_text(channel.signing_key.bytes());
  if (!text.starts_with(kEncodedKey)) return {channel.signing_key.bytes().begin(), channel.signing_key.bytes().end()};
  try {
    return from_base64(text.substr(kEncodedKey.size()));
  } catch (const Error&) {
    refuse_channel(channel, "has a signing_key that begins with whsec_, but no base64 follows");
  }
}

HttpOptions options_of(const Channel& channel) {
  return {.connect_timeout = channel.timeout,
          .stall_timeout = channel.timeout,
          .ca_file = channel.ca_file,
          .proxy = channel.proxy.empty() ? "" : parse_url(channel.proxy).origin()};
}

std::string_view ping_path(NoticeKind kind, NoticeSeverity severity) {
  if (kind == NoticeKind::started) return "/start";
  return severity == NoticeSeverity::critical || kind == NoticeKind::cancelled ? "/fail" : "";
}

std::string target_of(const Channel& channel, const Url& url, const Message& message) {
  std::string target = url.origin() + url.path;
  if (channel.kind == ChannelKind::ping) {
    const Notice& notice = message.notices.back().notice;
    while (target.ends_with('/')) target.pop_back();
    target += ping_path(notice.kind, notice.severity);
  }
  return url.query.empty() ? target : target + "?" + url.query;
}

std::string body_of(const Channel& channel, const Message& message) {
  switch (channel.kind) {
    case ChannelKind::slack: return slack_body(message);
    case ChannelKind::discord: return discord_body(message);
    case ChannelKind::teams: return teams_body(message);
    case ChannelKind::ping: return message.title + "\n" + message.text;
    default: return webhook_body(channel, message);
  }
}

/// The headers of Standard Webhooks, for which many languages have a verifier.
void sign(HttpHeaders& headers, const Channel& channel, const Message& message, const std::string& body, TimePoint now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::string time = std::to_string(seconds);
  headers.emplace_back("webhook-id", message.id);
  headers.emplace_back("webhook-timestamp", time);
  headers.emplace_back("idempotency-key", message.id);
  if (channel.signing_key.empty()) return;
  const Secret key(key_of(channel));
  headers.emplace_back("webhook-signature", "v1," + to_base64(hmac_sha256(key.bytes(), as_bytes(message.id + "." + time + "." + body))));
}

class HttpSender final : public Sender {
 public:
  explicit HttpSender(const Channel& channel) : channel_(channel), url_(url_of(channel)), client_(options_of(channel)) {}

  void send(const Message& message, const Context& context) override {
    const std::string body = body_of(channel_, message);
    HttpRequest request{.method = "POST", .url = target_of(channel_, url_, message), .headers = {}, .body = as_bytes(body)};
    request.headers.emplace_back("content-type", channel_.kind == ChannelKind::ping ? "text/plain; charset=utf-8" : "application/json");
    request.headers.emplace_back("user-agent", std::string("holdfast/") + version());
    if (channel_.kind == ChannelKind::webhook) sign(request.headers, channel_, message, body, context.now());
    if (!channel_.bearer_token.empty())
      request.headers.emplace_back("authorization", "Bearer " + std::string(as_text(channel_.bearer_token.bytes())));
    request.give_up = std::chrono::steady_clock::now() + channel_.timeout;
    request.stop = context.stop;
    judge(client_.send(request, kMostAnswer));
  }

 private:
  /// Says nothing of the answer's body and headers: they may repeat a token.
  void judge(const HttpResponse& answer) const {
    if (answer.status >= 200 && answer.status < 300) return;
    constexpr std::array kRefused = {400, 413, 415, 422};
    const bool refused = std::ranges::find(kRefused, answer.status) != kRefused.end();
    std::string why = url_.host_and_port() + " answered with status " + std::to_string(answer.status);
    if (answer.status >= 300 && answer.status < 400) why += ", a redirect, which is not followed: give the URL it leads to";
    if (answer.status == 401 || answer.status == 403) why += ": check the channel's URL and token";
    if (answer.status == 404 || answer.status == 410) why += ": the channel's URL is not, or no longer, one of a receiver";
    if (refused) why += ": it refuses the message";
    throw DeliveryError(ErrorCode::network, why, refused, retry_after(answer));
  }

  const Channel& channel_;
  const Url url_;
  HttpClient client_;
};

}  // namespace

void check_http(const Channel& channel) {
  url_of(channel);
  const Secret key(key_of(channel));
  options_of(channel);
  if (!is_line(as_text(channel.bearer_token.bytes())))
    refuse_channel(channel, "has a bearer_token with characters that no header can have");
}

std::unique_ptr<Sender> http_sender(const Channel& channel) { return std::make_unique<HttpSender>(channel); }

}  // namespace holdfast
