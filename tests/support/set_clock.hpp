#pragma once

#include "holdfast/context.hpp"

namespace holdfast::testing {

/// A clock that shows the time that a test sets.
class SetClock final : public Clock {
 public:
  TimePoint now() const override { return time; }
  TimePoint time = parse_time("2026-11-20T12:00:00Z");
};

}  // namespace holdfast::testing
