#pragma once

#include <string_view>

namespace holdfast {

/// The folder of a storage that holds unfinished objects. No object may lie in it, on any storage: what one storage takes, all take.
inline constexpr std::string_view kTempFolder = ".tmp";

/// What is wrong with `name` as an object's name; null if nothing.
const char* object_name_fault(std::string_view name) noexcept;

/// Whether any object's name can begin so; some servers refuse to be asked for others.
bool can_begin_a_name(std::string_view prefix) noexcept;

}  // namespace holdfast
