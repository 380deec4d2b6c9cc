#pragma once

#include <filesystem>

#include "base/fd.hpp"

namespace holdfast {

/// Creates the file if it does not exist, and locks it with flock: the lock ends with the Fd or the process. Returns an
/// empty Fd if somebody else has the lock. Throws Error.
Fd try_lock_file(const std::filesystem::path& path);

enum class LockKind { exclusive, shared };
/// The same, but waits for the lock: for one that nobody keeps for long.
Fd lock_file(const std::filesystem::path& path, LockKind kind);

}  // namespace holdfast
