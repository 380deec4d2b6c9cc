#pragma once

#include <cstdint>
#include <string>

#include "holdfast/storage_host.hpp"
#include "holdfast/throttled.hpp"

namespace holdfast {

/// What may be asked of every storage, whatever keeps its objects: docs/storage.md, "For every storage".
struct CommonOptions {
  bool read_only = false;
  std::uint64_t quota = 0;  ///< bytes; 0 = none
  Bandwidth bandwidth;
  std::string cold;      ///< URI of the storage for old packs; empty = none
  Options cold_options;  ///< to open that one with
};

/// Their declarations, without the family cold.NAME.
const std::vector<OptionSpec>& common_option_specs();

/// Takes them out of `options`, and out of the query of a URI "scheme://…?key=value"; what is in `options` counts first. Throws
/// Error{invalid_argument}.
CommonOptions take_common_options(std::string& uri, Options& options);

/// The storage that they make of `inner`.
std::shared_ptr<Storage> with_common_options(std::shared_ptr<Storage> inner, const CommonOptions& common, IfMissing if_missing,
                                             const StorageHost& host);

}  // namespace holdfast
