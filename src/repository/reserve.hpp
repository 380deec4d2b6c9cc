#pragma once

#include <functional>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Where a storage fills up, sees to it that space is kept in reserve for what frees space, as far as there is room for it.
void keep_reserve(Storage& storage, const Context& context) noexcept;

/// Runs what frees space but has to put some objects for it: on a full storage once more, with what is kept in reserve. It must be safe to
/// repeat. Then there is a reserve again, as large as there is room for.
void with_reserve(Storage& storage, const Context& context, const std::function<void()>& work);

}  // namespace holdfast
