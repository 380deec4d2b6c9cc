#include "job/job_notices.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/alert_notices.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr const char* kOutbox = "outbox";

/// Makes what it can. The first error of the others is kept for the end.
class Channels {
 public:
  template <class Make>
  void add(const std::string& name, const Make& make) {
    try {
      made_.push_back(make());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      if (!failure_) failure_ = error.with_context("channel " + name);
    }
  }
  std::vector<Channel> take() { return std::move(made_); }
  const std::optional<Error>& failure() const noexcept { return failure_; }

 private:
  std::vector<Channel> made_;
  std::optional<Error> failure_;
};

Channels channels_of(const JobFile& file, const JobHost& host, Context& context) {
  Channels channels;
  for (const JobChannel& channel : file.channels) channels.add(channel.name, [&] { return make_channel(channel, host, context); });
  return channels;
}

std::filesystem::path outbox_of(const JobFile& file, const JobHost& host) { return state_folder(file, host) / kOutbox; }

}  // namespace

Notifier job_notifier(const JobFile& file, const JobHost& host, Context& context) {
  Channels channels = channels_of(file, host, context);
  if (channels.failure()) throw Error(*channels.failure());
  return {outbox_of(file, host), channels.take()};
}

Notifier& JobNotices::own(Context& context) {
  if (own_) return *own_;
  Channels channels;
  for (const JobNotification& notification : job_.notifications) {
    channels.add(notification.channel, [&] {
      const auto found = std::ranges::find(file_.channels, notification.channel, &JobChannel::name);
      if (found == file_.channels.end()) throw Error(ErrorCode::not_found, "the job file has no such channel");
      Channel channel = make_channel(*found, host_, context);
      if (!notification.events.empty()) channel.filter.kinds.clear();
      for (const std::string& event : notification.events) channel.filter.kinds.push_back(parse_notice_kind(event));
      return channel;
    });
  }
  failure_ = channels.failure();
  return own_.emplace(outbox_of(file_, host_), channels.take());
}

std::size_t JobNotices::put(const std::vector<Notice>& notices, Context& context) {
  Notifier& notifier = own(context);
  std::size_t stored = 0;
  for (const Notice& notice : notices) stored += notifier.put(notice, context);
  stored_ += stored;
  return stored;
}

std::vector<Notice> JobNotices::put_changes(const JobAlerts& found, JobMemory& memory, Context& context) {
  own(context);  // resolves secrets, which may take long
  std::vector<Notice> told;
  memory.change([&](JobMemoryState& state) {
    AlertChanges changes = alert_notices(worth_telling(found, state), state.alerts, found.now);
    put(changes.notices, context);
    state.alerts = std::move(changes.told);
    told = std::move(changes.notices);
  });
  return told;
}

void JobNotices::deliver(JobStepReport& report, Context& context) {
  std::optional<Error> failure = failure_;
  report.counts["notices"] = stored_;
  Channels channels = channels_of(file_, host_, context);
  Notifier notifier(outbox_of(file_, host_), channels.take());
  for (const ChannelReport& channel : notifier.deliver(context).channels) {
    if (!channel.configured) continue;
    report.counts["delivered"] += channel.delivered;
    report.counts["waiting"] += channel.waiting;
    if (!channel.error.empty() && !failure)
      failure = Error(ErrorCode::network, "channel " + channel.channel + ": " + channel.error + "; a later delivery tries again");
  }
  if (failure) throw Error(*failure);
  report.message = fmt::format("{} delivered, {} waiting", report.counts.of("delivered"), report.counts.of("waiting"));
}

}  // namespace holdfast
