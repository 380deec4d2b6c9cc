#pragma once

#include <string_view>

namespace holdfast {

/// The folder of a storage for unfinished objects. No storage accepts an object in it, so that all storages accept the
/// same names.
inline constexpr std::string_view kTempFolder = ".tmp";

/// Returns the fault in `name` as an object's name; null if there is none.
const char* object_name_fault(std::string_view name) noexcept;

/// Returns the fault in `prefix` as the start of all keys of a bucket's storage, without a '/' at its end; null if
/// there is none. Unlike an object's name, which is Holdfast's own, it may be any UTF-8.
const char* key_prefix_fault(std::string_view prefix);

/// Returns whether an object's name can begin with `prefix`. Some servers refuse requests for other prefixes.
bool can_begin_a_name(std::string_view prefix) noexcept;

}  // namespace holdfast
