#pragma once

#include <functional>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// On a storage that can become full, keeps space in reserve for operations that free space, as far as there is room.
void keep_reserve(Storage& storage, const Context& context) noexcept;

/// Runs `work`, which frees space but must put some objects first. If the storage is full, releases the reserve and
/// runs `work` again; `work` must be safe to repeat. Afterwards fills the reserve again, as far as there is room.
void with_reserve(Storage& storage, const Context& context, const std::function<void()>& work);

}  // namespace holdfast
