#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"
#include "holdfast/notify.hpp"
#include "notify/channel_fault.hpp"
#include "notify/message.hpp"
#include "notify/sender.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kLongestName = 63;

bool is_name(std::string_view name) {
  const auto plain = [](char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= kLongestName && name.front() != '-' && name.front() != '_' && std::ranges::all_of(name, plain);
}

/// Without a choice of its own, a channel hears of what needs somebody, and of its end. A ping needs all ends.
bool is_usual(ChannelKind channel, NoticeKind kind) {
  constexpr std::array kRoutine = {NoticeKind::started, NoticeKind::succeeded, NoticeKind::cancelled};
  constexpr std::array kPings = {NoticeKind::started,       NoticeKind::succeeded, NoticeKind::warnings,  NoticeKind::failed,
                                 NoticeKind::first_success, NoticeKind::recovered, NoticeKind::cancelled, NoticeKind::verification_fault};
  if (channel == ChannelKind::ping) return std::ranges::find(kPings, kind) != kPings.end();
  return std::ranges::find(kRoutine, kind) == kRoutine.end();
}

bool is_series(std::string_view pattern, std::string_view series) {
  return pattern.ends_with('*') ? series.starts_with(pattern.substr(0, pattern.size() - 1)) : series == pattern;
}

void check_times(const Channel& channel) {
  using std::chrono::seconds;
  if (channel.timeout < seconds(1) || channel.timeout > seconds(3600)) refuse_channel(channel, "needs a timeout from 1s to 1h");
  if (channel.keep < seconds(60)) refuse_channel(channel, "needs a keep of 1m at least");
  if (channel.period < seconds(1)) refuse_channel(channel, "needs a period of 1s at least");
  if (channel.digest < seconds(0)) refuse_channel(channel, "has a negative digest");
  const bool together = channel.digest != seconds(0) || channel.most_messages != 0;
  if (together && channel.kind == ChannelKind::ping)
    refuse_channel(channel, "is a ping: it can't send several notices as one, as a digest or limit needs");
}

}  // namespace

std::string_view to_string(ChannelKind kind) noexcept {
  switch (kind) {
    case ChannelKind::webhook: return "webhook";
    case ChannelKind::slack: return "slack";
    case ChannelKind::discord: return "discord";
    case ChannelKind::teams: return "teams";
    case ChannelKind::email: return "email";
    case ChannelKind::ping: return "ping";
    default: return "command";
  }
}

bool NoticeFilter::takes(ChannelKind channel, const Notice& notice) const {
  if (notice.kind == NoticeKind::test) return true;
  if (notice.severity < at_least) return false;
  const bool wanted = kinds.empty() ? is_usual(channel, notice.kind) : std::ranges::find(kinds, notice.kind) != kinds.end();
  return wanted && (series.empty() || std::ranges::any_of(series, [&](const std::string& name) { return is_series(name, notice.series); }));
}

void check_channel(const Channel& channel) {
  if (!is_name(channel.name))
    throw Error(ErrorCode::invalid_argument, "a channel can't have the name '" + channel.name +
                                                 "': use 1 to 63 of a-z, 0-9, '-' and '_', beginning with a letter or digit");
  check_times(channel);
  check_templates(channel);
  if (!channel.body.empty() && channel.kind != ChannelKind::webhook) refuse_channel(channel, "is no webhook: it has no body of its own");
  if (channel.kind == ChannelKind::email) return check_mail(channel);
  if (channel.kind != ChannelKind::command) return check_http(channel);
  if (channel.argv.empty() || channel.argv.front().empty())
    refuse_channel(channel, "needs the option command: a program and its arguments");
  const auto has_nul = [](const std::string& word) { return word.find('\0') != std::string::npos; };
  if (std::ranges::any_of(channel.argv, has_nul)) refuse_channel(channel, "has a NUL in its command");
}

}  // namespace holdfast
