#pragma once

#include <memory>

#include "holdfast/storage.hpp"

namespace holdfast {

/// Refuses every change with Error{permission_denied}.
std::shared_ptr<Storage> read_only_storage(std::shared_ptr<Storage> inner);

}  // namespace holdfast
