#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "container/volume.hpp"
#include "holdfast/context.hpp"

namespace holdfast::container {

/// What happens to running containers that use a volume while it is read or written.
enum class Quiesce { none, pause, stop };
/// Returns the one of this name: "none", "pause", "stop".
Quiesce parse_quiesce(std::string_view name);

/// Runs `work` while the running containers that use a volume are paused or stopped, and lets them run again after it:
/// also if it throws, or the call is cancelled. Containers that were paused or stopped before stay so. Throws the error
/// of `work`; if that succeeds, one that names a container which can't run again.
void while_quiet(const std::string& socket, const std::string& volume, Quiesce how, Context& context, const std::function<void()>& work);

}  // namespace holdfast::container
