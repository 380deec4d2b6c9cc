#include <algorithm>
#include <set>

#include "holdfast/error.hpp"
#include "holdfast/notify.hpp"
#include "notify/delivery.hpp"
#include "notify/outbox.hpp"
#include "notify/sender.hpp"
#include "storage/local.hpp"

namespace holdfast {

struct Notifier::State {
  std::filesystem::path folder;
  std::vector<Channel> channels;
  std::shared_ptr<Storage> storage;

  Outbox outbox(const std::string& channel) const { return {storage, folder, channel}; }
};

namespace {

/// Runs one step of a channel; what fails there is part of its report, and no reason to leave out the others.
template <typename Step>
void on_channel(ChannelReport& report, const Step& step) {
  try {
    step();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    report.error = error.message();
  }
}

}  // namespace

bool DeliveryReport::ok() const {
  return std::ranges::all_of(channels, [](const ChannelReport& report) {
    return report.error.empty() && report.given_up.empty() && (report.configured || report.waiting == 0);
  });
}

std::optional<TimePoint> DeliveryReport::next() const {
  std::optional<TimePoint> soonest;
  for (const ChannelReport& report : channels) {
    if (report.next && (!soonest || *report.next < *soonest)) soonest = report.next;
  }
  return soonest;
}

Notifier::Notifier(const std::filesystem::path& outbox, std::vector<Channel> channels) {
  std::set<std::string> names;
  for (const Channel& channel : channels) {
    check_channel(channel);
    if (!names.insert(channel.name).second)
      throw Error(ErrorCode::invalid_argument, "there are two channels with the name " + channel.name + ": give each its own");
  }
  try {
    state_ = std::make_unique<State>(State{outbox, std::move(channels), local_storage(outbox, IfMissing::create)});
  } catch (const Error& error) {
    throw error.with_context("the outbox for notices");
  }
}

Notifier::~Notifier() = default;
Notifier::Notifier(Notifier&&) noexcept = default;
Notifier& Notifier::operator=(Notifier&&) noexcept = default;

const std::vector<Channel>& Notifier::channels() const noexcept { return state_->channels; }
const std::filesystem::path& Notifier::outbox() const noexcept { return state_->folder; }

std::size_t Notifier::put(const Notice& notice, const Context& context) {
  const StoredNotice stored = stored_notice(notice, context.now());
  std::size_t takers = 0;
  for (const Channel& channel : state_->channels) {
    if (!channel.filter.takes(channel.kind, notice)) continue;
    state_->outbox(channel.name).put(stored);
    ++takers;
  }
  return takers;
}

DeliveryReport Notifier::deliver(const Context& context) {
  DeliveryReport report = status(context);
  for (std::size_t i = 0; i < state_->channels.size(); ++i) {
    context.check();
    const Channel& channel = state_->channels[i];
    ChannelReport& own = report.channels[i];
    own.error.clear();
    on_channel(own, [&] {
      Outbox outbox = state_->outbox(channel.name);
      const Fd lock = outbox.lock();
      own.busy = !lock;
      if (lock) deliver_to(channel, outbox, context, own);
      own.next.reset();
      describe_queue(&channel, outbox, context, own);
    });
  }
  return report;
}

DeliveryReport Notifier::status(const Context& context) {
  DeliveryReport report;
  std::set<std::string> configured;
  const auto add = [&](const std::string& name, const Channel* channel) {
    ChannelReport& own = report.channels.emplace_back();
    own.channel = name;
    own.configured = channel != nullptr;
    on_channel(own, [&] { describe_queue(channel, state_->outbox(name), context, own); });
  };
  for (const Channel& channel : state_->channels) {
    configured.insert(channel.name);
    add(channel.name, &channel);
  }
  for (const std::string& name : channels_in(*state_->storage)) {
    if (!configured.contains(name)) add(name, nullptr);
  }
  return report;
}

void send_notice(const Channel& channel, const Notice& notice, const Context& context) {
  check_channel(channel);
  try {
    make_sender(channel)->send(make_message(channel, {stored_notice(notice, context.now())}), context);
  } catch (const Error& error) {
    throw error.with_context("channel " + channel.name);
  }
}

}  // namespace holdfast
