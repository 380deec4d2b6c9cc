#pragma once

#include <string>
#include <string_view>

#include "holdfast/clock.hpp"

namespace holdfast {

/// Returns whether an object of this name is needed for a while only, and then removed by its writer. Storages that
/// lock objects do not lock these. A backup may need any other object.
bool is_short_lived(std::string_view name) noexcept;

/// Returns, for people: "it is locked until 2026-11-20T18:04:11Z".
std::string lock_text(TimePoint until);

}  // namespace holdfast
