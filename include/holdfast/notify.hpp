#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"
#include "holdfast/notice.hpp"
#include "holdfast/option.hpp"

namespace holdfast {

/// Form of a channel's messages.
enum class ChannelKind {
  webhook,  ///< JSON over HTTP, signed as Standard Webhooks describe it
  slack,    ///< an incoming webhook of Slack, and of servers that take the same (Mattermost, Rocket.Chat)
  discord,  ///< a webhook of Discord
  teams,    ///< a workflow of Microsoft Teams that takes an adaptive card
  email,    ///< SMTP
  ping,     ///< healthchecks: URL/start, URL and URL/fail
  command,  ///< a program, with JSON on its standard input
};
std::string_view to_string(ChannelKind kind) noexcept;

/// Which notices a channel takes.
struct NoticeFilter {
  std::vector<NoticeKind> kinds;                   ///< empty = the usual ones of the channel's kind
  NoticeSeverity at_least = NoticeSeverity::info;  ///< and those of `test`, always
  std::vector<std::string> series;                 ///< names, or beginnings with a '*' at the end; empty = all
  bool takes(ChannelKind channel, const Notice& notice) const;
};

enum class MailTls { starttls, tls, none };

/// The way of an e-mail.
struct MailRoute {
  std::string host;
  std::uint16_t port = 0;  ///< 0 = 587 with starttls, 465 with tls, 25 with none
  MailTls tls = MailTls::starttls;
  std::string user;  ///< empty = no AUTH
  Secret password;
  std::string from;
  std::vector<std::string> to;
};

/// One receiver of notices. docs/notifications.md describes each kind.
struct Channel {
  std::string name;  ///< 1 to 63 of a-z, 0-9, '-' and '_', beginning with a letter or digit; the outbox keeps it as a folder
  ChannelKind kind = ChannelKind::webhook;
  NoticeFilter filter = {};

  // Templates with {{name}}; empty = the usual text. docs/notifications.md lists the names.
  std::string title = {};
  std::string text = {};
  std::string body = {};  ///< of a webhook: the whole JSON, whose values are escaped; then the signature is of this

  std::chrono::seconds timeout{30};          ///< of one attempt
  std::chrono::seconds keep{3 * 24 * 3600};  ///< an older notice is given up after a failed attempt
  unsigned most_messages = 0;                ///< in each `period`; 0 = no limit
  std::chrono::seconds period{3600};
  std::chrono::seconds digest{0};  ///< collect notices for this long and send them together; 0 = each on its own

  Secret url = {};           ///< of everything over HTTP; often holds a token
  Secret signing_key = {};   ///< of a webhook: HMAC-SHA256; empty = unsigned
  Secret bearer_token = {};  ///< of a webhook: sent as Authorization; empty = none
  std::string ca_file = {};  ///< PEM certificates to trust instead of the system's
  std::string proxy = {};    ///< URL of an HTTP proxy
  MailRoute mail = {};
  std::vector<std::string> argv = {};  ///< of a command; no value of a notice becomes part of it
};

/// A kind of channel, with the options that parse_channel takes for it.
struct ChannelType {
  ChannelKind kind;
  std::string help;
  std::vector<OptionSpec> options;
};
std::vector<ChannelType> channel_types();

/// Makes a channel of options by name. Throws Error{invalid_argument} for an unknown kind or option, a missing one, and
/// a value that check_channel refuses.
Channel parse_channel(std::string name, std::string_view kind, const Options& options);
/// Throws Error{invalid_argument} for a channel that can't work: a wrong name, URL, address or template. Talks to
/// nobody.
void check_channel(const Channel& channel);

/// A notice that no longer waits and was not delivered.
struct GivenUp {
  std::string id;
  std::string title;
  std::string why;
};

/// State of one channel after a delivery.
struct ChannelReport {
  std::string channel;
  bool configured = true;         ///< false: notices wait for a channel that no longer exists
  bool busy = false;              ///< another process delivers to it at this moment
  std::uint64_t messages = 0;     ///< sent by this call
  std::uint64_t delivered = 0;    ///< notices in them
  std::uint64_t waiting = 0;      ///< notices
  std::uint64_t undelivered = 0;  ///< notices that were given up, ever, and are still kept for a look
  std::vector<GivenUp> given_up;  ///< by this call
  std::string error;              ///< why the last attempt failed; empty if it did not
  std::optional<TimePoint> next;  ///< of the next attempt; null if nothing waits
};

struct DeliveryReport {
  std::vector<ChannelReport> channels;  ///< in the Notifier's order, then those that are not configured
  bool ok() const;                      ///< no error, nothing given up, nothing without a channel
  std::optional<TimePoint> next() const;
};
std::string to_json(const DeliveryReport& report);

/// Tells people about notices, through channels. Each notice is first stored in the outbox, a folder of this machine,
/// for each channel that takes it; deliver() sends what is due. Both may be called by several threads and processes at
/// once with one outbox; one at a time delivers to a channel. docs/notifications.md describes what is stored.
class Notifier {
 public:
  /// Creates the folder, for its owner only. Throws Error{invalid_argument} for a channel that check_channel refuses
  /// and for two of one name.
  Notifier(const std::filesystem::path& outbox, std::vector<Channel> channels);
  ~Notifier();
  Notifier(Notifier&&) noexcept;
  Notifier& operator=(Notifier&&) noexcept;

  /// Stores a notice durably for each channel that takes it, and returns their number. Talks to no receiver. A notice
  /// that waits already is not stored again. Cuts texts that are too long for a message, and marks the place with "…".
  /// Throws Error if the outbox can't be written: a host that must not fail for that catches it, warns, and may try
  /// send_notice.
  std::size_t put(const Notice& notice, const Context& context);

  /// Sends what is due, in the order in which it was stored, each message once. An attempt that fails is repeated by a
  /// later call, after 10 seconds to 15 minutes; the channel's later notices wait for it. Warns of each notice that is
  /// given up. Throws Error{cancelled}, and the outbox's own errors; a receiver's are part of the report.
  DeliveryReport deliver(const Context& context);

  /// Reports what waits, without sending.
  DeliveryReport status(const Context& context);

  const std::vector<Channel>& channels() const noexcept;
  const std::filesystem::path& outbox() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Sends a notice at once, in one attempt and without an outbox: to try a channel out, or if the outbox can't be
/// written. Ignores the filter. Throws Error.
void send_notice(const Channel& channel, const Notice& notice, const Context& context);

}  // namespace holdfast
