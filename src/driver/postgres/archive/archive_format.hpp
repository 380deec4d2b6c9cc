#pragma once

#include <array>
#include <string_view>

// Constants of the custom format for both reader and writer.
namespace holdfast::pg_archive {

constexpr std::string_view kMagic = "PGDMP";
constexpr int kMajor = 1;
constexpr int kOldestMinor = 12;
constexpr int kNewestMinor = 16;
constexpr int kMinorWithTableAm = 14;
constexpr int kMinorWithAlgorithm = 15;
constexpr int kMinorWithRelkind = 16;
constexpr int kFormatCustom = 1;

// Whether an entry knows the place of its data.
constexpr int kOffsetNotSet = 1;
constexpr int kOffsetSet = 2;
constexpr int kOffsetNoData = 3;

constexpr int kBlockData = 1;
constexpr int kBlockLargeObjects = 3;

}  // namespace holdfast::pg_archive
