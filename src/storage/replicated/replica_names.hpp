#pragma once

#include <string>
#include <string_view>

#include "base/hex.hpp"
#include "holdfast/context.hpp"
#include "storage/replicated/replica_set.hpp"

// The set's own objects in its folder, for the files that implement ReplicaSet.
namespace holdfast::replica {

inline constexpr std::size_t kIdDigits = 32;
inline const std::string kIdObject = std::string(kReplicaFolder) + "id";
inline const std::string kMemberPrefix = std::string(kReplicaFolder) + "member-";
inline const std::string kMarkPrefix = std::string(kReplicaFolder) + "behind-";
inline const std::string kTracePrefix = std::string(kReplicaFolder) + "repaired-";
inline constexpr std::string_view kMissed = "missed something";  // content of a writer's mark; a repair's mark contains a time

inline bool is_mark_or_trace(const std::string& name) { return name.starts_with(kMarkPrefix) || name.starts_with(kTracePrefix); }
/// Returns the id in the name of a mark: "behind-ID-WRITER".
inline std::string marked_id(const std::string& mark) { return mark.substr(kMarkPrefix.size(), kIdDigits); }

inline std::string read_small(Storage& storage, const std::string& object) { return std::string(as_text(get(storage, object, 4096))); }
inline std::string random_hex(std::size_t bytes) {
  Bytes random(bytes);
  system_random().fill(random);
  return to_hex(random);
}

}  // namespace holdfast::replica
