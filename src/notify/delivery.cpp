#include "notify/delivery.hpp"

#include <algorithm>

#include "base/plain_text.hpp"
#include "notify/message.hpp"
#include "notify/sender.hpp"

namespace holdfast {

namespace {

using std::chrono::microseconds;

constexpr microseconds kFirstWait = std::chrono::seconds(10);
constexpr microseconds kLongestWait = std::chrono::minutes(15);
constexpr microseconds kLongestAskedWait = std::chrono::hours(1);  // that a receiver may ask for
constexpr std::uint64_t kMostRefusals = 3;
constexpr std::uint64_t kLeastAttempts = 3;  // before a notice is too old: the clock may be wrong for a moment
constexpr std::size_t kMostTogether = 50;
constexpr std::size_t kMostError = 500;

/// Returns when a time that was set earlier has come, at most `longest` from now: the clock may have been set back.
TimePoint clamped(TimePoint time, TimePoint now, microseconds longest) { return time > now + longest ? now : time; }

/// Doubles with each attempt. Random between a half and the whole, so that channels that failed together part.
microseconds wait_after(std::uint64_t attempts, const Context& context) {
  microseconds wait = kFirstWait;
  for (std::uint64_t i = 1; i < attempts && wait < kLongestWait; ++i) wait *= 2;
  wait = std::min(wait, kLongestWait);
  const auto random = static_cast<unsigned>(context.random_bytes(1)[0]);
  return wait / 2 + wait / 2 * random / 255;
}

bool is_lost(const Error& error) { return error.code() == ErrorCode::corrupt || error.code() == ErrorCode::not_found; }

/// The delivery of one channel: each step is stored before the next.
class Delivery {
 public:
  Delivery(const Channel& channel, Outbox& outbox, const Context& context, ChannelReport& report)
      : channel_(channel), outbox_(outbox), context_(context), report_(report), state_(outbox.state()) {}

  void run() {
    outbox_.remove(state_.done);  // a process ended between the mark and this
    while (begin_message()) {
      context_.check();
      if (!attempt()) return;
    }
  }

  std::optional<TimePoint> next() {
    if (!state_.batch.empty()) return clamped(state_.not_before, context_.now(), kLongestAskedWait);
    const std::vector<std::string> waiting = outbox_.waiting();
    if (waiting.empty()) return std::nullopt;
    return std::max(digest_due(waiting), limit_due());
  }

 private:
  /// Chooses the notices of the next message, and stores the choice: an attempt after a crash sends the same ones under
  /// the same id. Returns false if nothing is due.
  bool begin_message() {
    const TimePoint now = context_.now();
    if (!state_.batch.empty()) return clamped(state_.not_before, now, kLongestAskedWait) <= now;
    std::vector<std::string> waiting = outbox_.waiting();
    if (waiting.empty() || std::max(digest_due(waiting), limit_due()) > now) return false;
    waiting.resize(std::min(waiting.size(), most_together()));
    state_.batch = std::move(waiting);
    state_.done.clear();
    state_.attempts = state_.refusals = 0;
    outbox_.save(state_);
    return true;
  }

  /// The last message that the limit allows has all that wait: so a limit delays nothing that it could still send.
  std::size_t most_together() const {
    const bool last = channel_.most_messages != 0 && state_.messages.size() + 1 >= channel_.most_messages;
    return last || channel_.digest.count() != 0 ? kMostTogether : 1;
  }

  TimePoint digest_due(const std::vector<std::string>& waiting) const {
    if (channel_.digest.count() == 0) return {};
    try {
      return clamped(outbox_.read(waiting.front()).stored + channel_.digest, context_.now(), channel_.digest);
    } catch (const Error& error) {
      if (is_lost(error)) return {};  // named when it is sent
      throw;
    }
  }

  /// Forgets messages that no longer count. Those of the future were sent before the clock was set back.
  TimePoint limit_due() {
    const TimePoint now = context_.now();
    std::erase_if(state_.messages, [&](TimePoint sent) { return sent > now || sent + channel_.period <= now; });
    if (channel_.most_messages == 0 || state_.messages.size() < channel_.most_messages) return {};
    return state_.messages[state_.messages.size() - channel_.most_messages] + channel_.period;
  }

  /// Returns false if the channel has to wait.
  bool attempt() {
    const std::vector<StoredNotice> notices = read_batch();
    if (notices.empty()) return finish();
    try {
      if (!sender_) sender_ = make_sender(channel_);
      sender_->send(make_message(channel_, notices), context_);
    } catch (const DeliveryError& error) {
      return failed(error, notices, error.refused(), error.at_least());
    } catch (const Error& error) {
      if (context_.cancelled()) throw;
      return failed(error, notices, false, {});
    }
    ++report_.messages;
    report_.delivered += notices.size();
    if (channel_.most_messages != 0) state_.messages.push_back(context_.now());
    state_.error.clear();
    return finish();
  }

  /// Marks the message as done, then removes its notices. The mark is the moment from which it is not sent again.
  bool finish() {
    state_.done = std::move(state_.batch);
    state_.batch.clear();
    outbox_.save(state_);
    outbox_.remove(state_.done);
    return true;
  }

  /// Returns the notices of the message. Gives up damaged ones.
  std::vector<StoredNotice> read_batch() {
    std::vector<StoredNotice> notices;
    for (const std::string& name : state_.batch) {
      try {
        notices.push_back(outbox_.read(name));
      } catch (const Error& error) {
        if (!is_lost(error)) throw;
        give_up(name, "", "", error.message());
      }
    }
    return notices;
  }

  bool failed(const Error& error, const std::vector<StoredNotice>& notices, bool refused, microseconds at_least) {
    const TimePoint now = context_.now();
    ++state_.attempts;
    if (refused) ++state_.refusals;
    state_.error = report_.error = shortened(error.message(), kMostError);
    state_.not_before = now + std::max(wait_after(state_.attempts, context_), std::min(at_least, kLongestAskedWait));
    if (!give_up_hopeless(notices, now)) {
      outbox_.save(state_);
      return false;
    }
    finish();
    return state_.refusals != 0;  // the receiver is there
  }

  /// Returns true if the whole message is given up.
  bool give_up_hopeless(const std::vector<StoredNotice>& notices, TimePoint now) {
    const auto is_old = [&](const StoredNotice& stored) {
      return state_.attempts >= kLeastAttempts && stored.stored + channel_.keep < now;
    };
    // A message has only one id: while one of its notices is young, it is tried on as a whole.
    const bool old = std::ranges::all_of(notices, is_old);
    if (!old && state_.refusals < kMostRefusals) return false;
    const std::string why = (old ? "it is older than the channel keeps it: " : "the receiver refused it several times: ") + state_.error;
    for (std::size_t i = 0; i < notices.size(); ++i) give_up(name_of(notices[i]), notices[i].id, notices[i].notice.title, why);
    return true;
  }

  std::string name_of(const StoredNotice& stored) const {
    const auto found = std::ranges::find_if(state_.batch, [&](const std::string& name) { return name.ends_with("-" + stored.id); });
    return found == state_.batch.end() ? std::string() : *found;
  }

  void give_up(const std::string& name, const std::string& id, const std::string& title, const std::string& why) {
    outbox_.keep_undelivered(name, why);
    report_.given_up.push_back({id, title, why});
    context_.warn("channel " + channel_.name + " gave up the notice '" + (title.empty() ? name : title) + "': " + why, channel_.name);
  }

  const Channel& channel_;
  Outbox& outbox_;
  const Context& context_;
  ChannelReport& report_;
  DeliveryState state_;
  std::unique_ptr<Sender> sender_;  // keeps its connection for the next message
};

}  // namespace

void deliver_to(const Channel& channel, Outbox& outbox, const Context& context, ChannelReport& report) {
  Delivery(channel, outbox, context, report).run();
}

void describe_queue(const Channel* channel, const Outbox& outbox, const Context& context, ChannelReport& report) {
  report.waiting = outbox.waiting().size();
  report.undelivered = outbox.undelivered();
  if (report.waiting == 0) return;
  if (report.error.empty()) report.error = outbox.state().error;
  if (channel != nullptr) {
    Outbox copy = outbox;
    report.next = Delivery(*channel, copy, context, report).next();
  }
}

}  // namespace holdfast
