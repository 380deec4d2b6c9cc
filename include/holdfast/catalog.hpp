#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/driver.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// One kind of transform that the library has.
struct TransformKind {
  std::string name;    ///< as written in manifests: "zstd"
  std::string form;    ///< as parse_compression takes it: "zstd:LEVEL"; empty for one that is no compression
  std::string suffix;  ///< added to stored names: ".zst"; empty if it adds none
  std::string help;
};
std::vector<TransformKind> transform_kinds();

/// One level of proof, with what it promises.
struct ProofLevelInfo {
  ProofLevel level = ProofLevel::stored;
  std::string help;
};
/// All of them, lowest first.
std::vector<ProofLevelInfo> proof_levels();

/// Returns the unit of the bounds of options of that type: "bytes", "seconds", or empty.
std::string_view unit_of(OptionType type) noexcept;

/// One key of an interface whose options are flat: an option with the interface's own words for type and unit.
struct CatalogKey {
  OptionSpec option;
  std::string type;
  std::string unit;
};
std::string to_json(const std::vector<CatalogKey>& keys);  ///< an array, on one line

/// The one table of what this build of the library has. Interfaces in other languages, `holdfast help` and
/// docs/catalog.md show it.
struct Catalog {
  DriverRegistry drivers = builtin_drivers();
  std::vector<StorageKind> storages = storage_kinds();
  std::vector<TransformKind> transforms = transform_kinds();
  std::vector<ProofLevelInfo> levels = proof_levels();
};
/// Returns one object on one line: drivers, storages, transforms, proof_levels. New versions only add keys.
std::string to_json(const Catalog& catalog);

}  // namespace holdfast
