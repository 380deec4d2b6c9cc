#pragma once

#include <cstdint>
#include <string>

#include "holdfast/storage_host.hpp"
#include "holdfast/throttled.hpp"

namespace holdfast {

/// The options that every storage takes: docs/storage.md, "For every storage".
struct CommonOptions {
  bool read_only = false;
  std::uint64_t quota = 0;  ///< bytes; 0 = none
  Bandwidth bandwidth;
  std::string cold;      ///< URI of the storage for old packs; empty = none
  Options cold_options;  ///< options of that storage
};

/// Returns their declarations, without the family cold.NAME.
const std::vector<OptionSpec>& common_option_specs();

/// Removes them from `options` and from the query of a URI "scheme://…?key=value". Those in `options` override those in
/// the URI. Throws Error{invalid_argument}.
CommonOptions take_common_options(std::string& uri, Options& options);

/// Returns `inner`, wrapped as the options require.
std::shared_ptr<Storage> with_common_options(std::shared_ptr<Storage> inner, const CommonOptions& common, IfMissing if_missing,
                                             const StorageHost& host);

}  // namespace holdfast
