#pragma once

/// The version of this library, as numbers and as text.
#define HOLDFAST_VERSION_MAJOR 0
#define HOLDFAST_VERSION_MINOR 2
#define HOLDFAST_VERSION_PATCH 0
#define HOLDFAST_VERSION_STRING "0.2.0"

namespace holdfast {

/// Returns the version of the library binary. Compare it with `HOLDFAST_VERSION_STRING`.
const char* version() noexcept;

}  // namespace holdfast
