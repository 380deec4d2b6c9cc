#include "operations/thawed.hpp"

#include <map>
#include <utility>

#include "holdfast/error.hpp"
#include "repository/findings.hpp"
#include "repository/layout.hpp"
#include "storage/thawing.hpp"

namespace holdfast {

namespace {

/// Describes the needed objects that are archived, in one line, and logs each of them. Returns "" if there is none.
std::string what_is_frozen(Storage& storage, const NeededObjects& needed, const std::string& of, const Context& context) {
  const std::vector<ObjectInfo> frozen = frozen_objects(storage, needed.objects, context);
  if (frozen.empty()) return "";
  std::uint64_t bytes = 0;
  for (const ObjectInfo& object : frozen) {
    bytes += object.size;
    context.log("archived: " + object.name + ", " + std::to_string(object.size) + " bytes");
  }
  const std::string more = needed.all ? "" : " (others that they name may be archived, too)";
  return std::to_string(frozen.size()) + " objects of " + of + " with " + std::to_string(bytes) +
         " bytes are archived in the cold storage of " + storage.uri() + ", for example " + frozen.front().name + more +
         ": restore them from the archive (the log names them)";
}

[[noreturn]] void throw_frozen(const std::string& what) { throw Error(ErrorCode::invalid_state, what + ", and try again"); }

}  // namespace

void require_thawed(const Layout& layout, const BackupId& id, Wanted wanted, const Context& context) {
  Storage& storage = layout.storage();
  if (!holds_cold(storage)) return;
  const NeededObjects needed = layout.needed_objects(id, context);
  const std::string what = what_is_frozen(storage, needed, "backup " + id, context);
  if (what.empty()) return;
  if (wanted == Wanted::everything || (wanted == Wanted::one_source && needed.sources == 1)) throw_frozen(what);
  context.warn(what, id);
}

void require_all_thawed(const Layout& layout, const Context& context) {
  Storage& storage = layout.storage();
  if (!holds_cold(storage)) return;
  std::map<std::string, ObjectInfo> shared;  // by all backups, each once
  NeededObjects needed;
  for (const BackupId& id : layout.ids(context)) {
    try {
      NeededObjects of_one = layout.needed_objects(id, context);
      needed.all = needed.all && of_one.all;
      for (ObjectInfo& object : of_one.objects) shared.try_emplace(object.name, object);
    } catch (const Error& error) {
      if (!is_finding(error)) throw;  // the verification reports findings
    }
  }
  for (auto& [name, object] : shared) needed.objects.push_back(std::move(object));
  if (const std::string what = what_is_frozen(storage, needed, "all backups", context); !what.empty()) throw_frozen(what);
}

}  // namespace holdfast
