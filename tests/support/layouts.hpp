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

/// What is in a backup: entries by name.
using Contents = std::map<std::string, std::string>;

enum class Role { writer, remover, reader, collector, forger };

/// One thing that an actor of the simulator does, chosen among its role's by weight.
struct ActorAction {
  std::string name;
  Role role = Role::writer;
  unsigned weight = 1;
  std::function<void(Actor&)> run;
};

/// All that the crash rigs know of a layout.
struct LayoutKit {
  std::string name;
  std::function<void(const std::shared_ptr<Storage>&, Context&)> create;
  std::function<std::unique_ptr<Layout>(const std::shared_ptr<Storage>&, Context&)> open;
  /// One run of all that takes away what is not needed any more.
  std::function<void(Layout&, Context&)> collect;
  int collections = 1;  ///< so many runs, each a day after the one before, leave nothing that is not needed

  /// Whether nobody else can put right what a process does to an object of this name, by putting or removing it, when it was taken for
  /// dead. That it dies right behind that is what no order of operations makes safe (see the layouts' formats).
  std::function<bool(std::string_view object)> hangs_on_its_writer;
  /// Whether collectors take an object of this name for a sign that its writer is alive.
  std::function<bool(std::string_view object)> is_sign_of_life;
  /// An object that should not be there when nothing runs, all was collected and these are the backups; "" if there is none.
  std::function<std::string(const std::vector<std::string>& objects, const std::set<BackupId>& backups)> leftover;

  std::vector<ActorAction> actions;  ///< what this layout can do beyond `Layout`
  /// A name under which somebody without a key may put something, given those that there are.
  std::function<std::string(const std::vector<std::string>& objects, SeededRandom&)> forgeable;
  bool bears_replays = false;  ///< of any object that was there before
};

/// The layouts under test, plain and encrypted.
const std::vector<LayoutKit>& layout_kits();

/// Longer than any grace period.
constexpr std::chrono::hours kOverADay{25};

// What every rig does with a repository. These throw a std::runtime_error that says what is wrong.

BackupWriter& add_shop(BackupSession& session);
void write_entries(BackupWriter& writer, const Contents& contents);
void fill(BackupSession& session, const Contents& contents);
BackupInfo make_backup(Layout& layout, const Contents& contents, Context& context);
/// `forged`: objects, of which no backup comes.
std::set<BackupId> listed(const Layout& layout, Context& context, const std::set<std::string>& forged = {});
Contents read_back(const Layout& layout, const BackupId& id, Context& context);
/// What verification finds, as lines; "" for nothing.
std::string faults(const Layout& layout, const BackupId& id, VerifyLevel level, Context& context);
std::string common_faults(const Layout& layout, Context& context);
std::vector<std::string> object_names(Storage& storage);

}  // namespace holdfast::test
