#include "base/deadline.hpp"

#include <system_error>

#include "base/retry.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

Deadline::Deadline(std::chrono::milliseconds from_now, const std::stop_token& host) try
    : from_host_(host, Forward{stop_}), timer_([this, until = std::chrono::steady_clock::now() + from_now](const std::stop_token& end) {
        pause_until(until, end);
        if (end.stop_requested()) return;
        passed_ = true;
        stop_.request_stop();
      }) {
} catch (const std::system_error& error) {
  throw Error(ErrorCode::limit, std::string("can't start a thread: ") + error.what(), true);
}

}  // namespace holdfast
