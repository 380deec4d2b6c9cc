#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "holdfast/manifest.hpp"
#include "repository/document.hpp"

namespace holdfast {

constexpr std::size_t kMaxEntries = 1'000'000;
constexpr std::size_t kMaxEntryName = 4096;
constexpr std::size_t kMaxSources = 1000;
constexpr std::size_t kMaxTransforms = 8;

/// Adds the members of a manifest to a document.
void encode_manifest(const Manifest& manifest, JsonWriter& out);

/// Reads them back. Throws Error{corrupt} that names `object` unless everything follows docs/format.md and belongs to
/// backup `id`.
Manifest decode_manifest(const nlohmann::json& members, const BackupId& id, const std::string& object);

/// Returns the listing of a backup, as far as its manifest tells.
BackupInfo summary_of(const Manifest& manifest);

}  // namespace holdfast
