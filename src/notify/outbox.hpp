#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "holdfast/notify.hpp"
#include "holdfast/storage.hpp"
#include "notify/stored_notice.hpp"

namespace holdfast {

/// Progress of a channel's delivery, as it is stored.
struct DeliveryState {
  std::vector<std::string> batch;   ///< the message that is being sent: names of its notices
  std::vector<std::string> done;    ///< names whose notices are delivered or given up, and may still exist
  std::uint64_t attempts = 0;       ///< of the batch, all of which failed
  std::uint64_t refusals = 0;       ///< attempts in which the receiver refused the message itself
  TimePoint not_before{};           ///< of the next attempt
  std::string error;                ///< of the last attempt
  std::vector<TimePoint> messages;  ///< times of the last messages, for the limit
};

/// The queue of one channel. docs/notifications.md describes its objects. Any thread or process may store and look;
/// only the holder of the lock changes the rest.
class Outbox {
 public:
  Outbox(std::shared_ptr<Storage> storage, std::filesystem::path folder, std::string channel);

  /// Stores the notice after all others. Does nothing if it waits already.
  void put(const StoredNotice& stored);

  /// Returns the right to deliver, or an empty one if somebody else has it. Ends with the Fd.
  Fd lock() const;
  /// Names of the notices that wait, in their order.
  std::vector<std::string> waiting() const;
  /// Throws Error{not_found | corrupt | unsupported}.
  StoredNotice read(const std::string& name) const;
  DeliveryState state() const;
  void save(const DeliveryState& state);
  /// Removes notices; those that are gone already do no harm.
  void remove(const std::vector<std::string>& names);
  /// Keeps a notice for a look: the newest 1000 of them.
  void keep_undelivered(const std::string& name, const std::string& why);
  std::uint64_t undelivered() const;

 private:
  std::vector<std::string> names_under(const std::string& prefix) const;
  void remove_if_there(const std::string& object);

  std::shared_ptr<Storage> storage_;
  std::filesystem::path folder_;
  std::string channel_;
};

/// Returns the channels that have a queue in the folder.
std::vector<std::string> channels_in(Storage& storage);

}  // namespace holdfast
