#pragma once

#include <string>
#include <string_view>

#include "holdfast/clock.hpp"

namespace holdfast {

/// Whether an object of this name says something for a while only, and whoever put it takes it away again: storages that lock objects leave
/// it alone. All others may be what a backup needs.
bool is_short_lived(std::string_view name) noexcept;

/// For people: "it is locked until 2026-11-20T18:04:11Z".
std::string lock_text(TimePoint until);

}  // namespace holdfast
