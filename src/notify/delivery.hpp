#pragma once

#include "holdfast/notify.hpp"
#include "notify/outbox.hpp"

namespace holdfast {

/// Sends what is due for one channel. The caller holds the outbox's lock.
void deliver_to(const Channel& channel, Outbox& outbox, const Context& context, ChannelReport& report);

/// Adds what waits for a channel, and when its next attempt is. `channel` is null for one that is not configured.
void describe_queue(const Channel* channel, const Outbox& outbox, const Context& context, ChannelReport& report);

}  // namespace holdfast
