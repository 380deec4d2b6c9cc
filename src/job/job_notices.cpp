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
  void throw_failure() const {
    if (failure_) throw *failure_;
  }

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
  channels.throw_failure();
  return {outbox_of(file, host), channels.take()};
}

void JobNotices::put(const std::vector<Notice>& notices, JobStepReport& report, Context& context) {
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
  Notifier notifier(outbox_of(file_, host_), channels.take());
  for (const Notice& notice : notices) report.counts["notices"] += notifier.put(notice, context);
  channels.throw_failure();
}

void JobNotices::tell(const std::vector<Notice>& notices, JobStepReport& report, Context& context) {
  std::optional<Error> failure;
  try {
    put(notices, report, context);
  } catch (const Error& error) {
    failure = error;
  }
  if (report.counts.of("notices") != 0 || report.step == "notify") {
    Channels channels = channels_of(file_, host_, context);
    Notifier notifier(outbox_of(file_, host_), channels.take());
    for (const ChannelReport& channel : notifier.deliver(context).channels) {
      if (!channel.configured) continue;
      report.counts["delivered"] += channel.delivered;
      report.counts["waiting"] += channel.waiting;
      if (!channel.error.empty() && !failure)
        failure = Error(ErrorCode::network, "channel " + channel.channel + ": " + channel.error + "; a later delivery tries again");
    }
  }
  if (failure) throw Error(*failure);
  report.message = fmt::format("{} delivered, {} waiting", report.counts.of("delivered"), report.counts.of("waiting"));
}

std::vector<Notice> new_alerts(Repository& repository, const JobDefinition& job, JobMemoryState& memory, Context& context) {
  Facts facts = gather_facts(repository, {}, context);
  const std::string series = series_of(job);
  if (job.schedule) facts.schedules[series] = {.due = job.schedule->previous(facts.now), .next_run = job.schedule->next(facts.now)};
  // The job's own notices tell of one failure.
  AlertRules rules;
  rules.failures = rules.critical_failures;
  std::vector<Alert> alerts = find_alerts(facts, rules);
  std::erase_if(alerts, [&](const Alert& alert) { return !alert.series.empty() && alert.series != series; });
  AlertChanges changes = alert_notices(alerts, memory.alerts, facts.now);
  memory.alerts = std::move(changes.told);
  return std::move(changes.notices);
}

}  // namespace holdfast
