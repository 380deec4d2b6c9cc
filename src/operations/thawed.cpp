#include "operations/thawed.hpp"

#include "holdfast/error.hpp"
#include "repository/layout.hpp"
#include "storage/thawing.hpp"

namespace holdfast {

void require_thawed(const Layout& layout, const BackupId& id, Wanted wanted, const Context& context) {
  auto* const storage = as<Thawing>(layout.storage());
  if (storage == nullptr || !storage->holds_cold()) return;
  const NeededObjects needed = layout.needed_objects(id, context);
  const std::vector<ObjectInfo> frozen = storage->frozen(needed.objects, context);
  if (frozen.empty()) return;
  std::uint64_t bytes = 0;
  for (const ObjectInfo& object : frozen) {
    bytes += object.size;
    context.log("to be thawed: " + object.name + ", " + std::to_string(object.size) + " bytes");
  }
  const std::string more = needed.all ? "" : ", which name what else may be frozen";
  const std::string what = "of the objects of backup " + id + " " + std::to_string(frozen.size()) + " with " + std::to_string(bytes) +
                           " bytes lie frozen in the cold storage of " + layout.storage().uri() + ", " + frozen.front().name +
                           " first: have them thawed" + more + " (the log names them)";
  if (wanted == Wanted::everything || (wanted == Wanted::one_source && needed.sources == 1))
    throw Error(ErrorCode::invalid_state, what + ", and try again");
  context.warn(what, id);
}

}  // namespace holdfast
