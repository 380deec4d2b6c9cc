#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"
#include "repository/heartbeat.hpp"
#include "repository/layout.hpp"

namespace holdfast::test {

class Actor;         // simulator.hpp
class SeededRandom;  // the same

/// The content of a backup: entries by name.
using Contents = std::map<std::string, std::string>;

enum class Role { writer, remover, reader, collector, forger };

/// One action of the simulator's actors, chosen by weight among those of a role.
struct ActorAction {
  std::string name;
  Role role = Role::writer;
  unsigned weight = 1;
  std::function<void(Actor&)> run;
};

/// Everything that the crash rigs know about a layout.
struct LayoutKit {
  std::string name;
  std::function<void(const std::shared_ptr<Storage>&, Context&)> create;
  std::function<std::unique_ptr<Layout>(const std::shared_ptr<Storage>&, Context&)> open;
  /// Runs everything once that removes unneeded objects.
  std::function<void(Layout&, Context&)> collect;
  int collections = 1;  ///< this many runs, each a day after the previous one, leave nothing unneeded

  /// Returns whether nobody else can repair, by a put or a remove, the action of a process on an object of this name if
  /// that process was considered dead. If it then dies right after the action, no order of operations is safe (see the
  /// formats of the layouts).
  std::function<bool(std::string_view object)> hangs_on_its_writer;
  /// Returns whether collectors regard an object of this name as a sign that its writer is alive.
  std::function<bool(std::string_view object)> is_sign_of_life;
  /// Returns an object that should not exist when nothing runs, everything was collected and these are the backups; ""
  /// if there is none.
  std::function<std::string(const std::vector<std::string>& objects, const std::set<BackupId>& backups)> leftover;

  std::vector<ActorAction> actions;  ///< actions of this layout beyond `Layout`
  /// Returns a name, given the existing ones, under which somebody without a key may put an object.
  std::function<std::string(const std::vector<std::string>& objects, SeededRandom&)> forgeable;
  bool bears_replays = false;  ///< tolerates the return of any earlier object
};

/// The layouts under test, plain and encrypted.
const std::vector<LayoutKit>& layout_kits();

/// Longer than any grace period.
constexpr std::chrono::hours kOverADay{25};

// The operations of every rig on a repository. They throw a std::runtime_error that states the fault.

BackupWriter& add_shop(BackupSession& session);
void write_entries(BackupWriter& writer, const Contents& contents);
void fill(BackupSession& session, const Contents& contents);
BackupInfo make_backup(Layout& layout, const Contents& contents, Context& context);
/// `forged`: objects that no backup can come from.
std::set<BackupId> listed(const Layout& layout, Context& context, const std::set<std::string>& forged = {});
Contents read_back(const Layout& layout, const BackupId& id, Context& context);
/// Returns the findings of a verification, as lines; "" if there are none.
std::string faults(const Layout& layout, const BackupId& id, VerifyLevel level, Context& context);
std::string common_faults(const Layout& layout, Context& context);
std::vector<std::string> object_names(Storage& storage);

}  // namespace holdfast::test
