#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "holdfast/error.hpp"
#include "holdfast/notify.hpp"
#include "notify/message.hpp"

namespace holdfast {

/// A receiver's answer that tells when, or whether, to try again.
class DeliveryError : public Error {
 public:
  /// `refused`: the receiver refuses this very message; another one may pass.
  DeliveryError(ErrorCode code, const std::string& message, bool refused, std::chrono::milliseconds at_least = {})
      : Error(code, message, true), refused_(refused), at_least_(at_least) {}

  bool refused() const noexcept { return refused_; }
  std::chrono::milliseconds at_least() const noexcept { return at_least_; }  ///< wait that the receiver asks for

 private:
  bool refused_;
  std::chrono::milliseconds at_least_;
};

/// The way of a channel's messages. Used by one thread.
class Sender {
 public:
  virtual ~Sender() = default;
  /// Returns if the receiver accepted the message. Throws Error otherwise, within the channel's timeout.
  virtual void send(const Message& message, const Context& context) = 0;
};

/// `channel` outlives the sender.
std::unique_ptr<Sender> make_sender(const Channel& channel);
std::unique_ptr<Sender> http_sender(const Channel& channel);
std::unique_ptr<Sender> mail_sender(const Channel& channel);
std::unique_ptr<Sender> command_sender(const Channel& channel);

/// Throws Error{invalid_argument} for a URL, proxy or signing key that http_sender can't use.
void check_http(const Channel& channel);
/// The same for mail_sender.
void check_mail(const Channel& channel);

}  // namespace holdfast
