#pragma once

#include <string>

#include "holdfast/error.hpp"
#include "holdfast/notify.hpp"

namespace holdfast {

/// Refuses a channel: "channel NAME why".
[[noreturn]] inline void refuse_channel(const Channel& channel, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "channel " + channel.name + " " + why);
}

}  // namespace holdfast
