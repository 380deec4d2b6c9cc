#include "storage/http/server_clock.hpp"

#include "storage/http/http_date.hpp"

namespace holdfast {

namespace {

constexpr std::chrono::seconds kTolerance{60};

}  // namespace

bool ServerClock::learn(const HttpHead& answer, TimePoint sent) {
  const auto server = parse_http_date(answer.header("date"));
  if (!server) return false;
  const auto off = std::chrono::duration_cast<std::chrono::seconds>(*server - sent);
  if (std::chrono::abs(off) < kTolerance) return false;
  offset_ = std::chrono::duration_cast<std::chrono::seconds>(*server - clock_.now()).count();
  return true;
}

}  // namespace holdfast
