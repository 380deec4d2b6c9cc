// The power fails at any moment of a repository's life on files: rebuilds, opens and checks each possible state of the
// disk.
#include "support/power_loss.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "storage/decorators/faulty.hpp"
#include "storage/local.hpp"
#include "support/budget.hpp"
#include "support/crash_points.hpp"
#include "support/layouts.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
using namespace holdfast;
using namespace holdfast::test;

namespace {

const Contents kFirst{{"a", "first"}, {"b", "shared"}}, kSecond{{"b", "shared"}, {"c", "second"}}, kAfter{{"d", "after"}};
constexpr std::uint64_t kSomeOf = 7;      // a short run checks every seventh state
constexpr std::uint64_t kFullEvery = 11;  // of the checked states

/// Has no reserve, which nothing reads: its bytes would only multiply the states.
class Endless final : public ForwardingStorage {
 public:
  using ForwardingStorage::ForwardingStorage;
  StorageCaps caps() const override {
    StorageCaps caps = ForwardingStorage::caps();
    caps.fills = false;
    return caps;
  }
};

/// A recorded life of a repository, and the promises at each point of it.
class Life {
 public:
  explicit Life(const LayoutKit& kit, RecordingCalls::Lie lie = {})
      : kit_(kit), calls_(std::make_shared<RecordingCalls>(directory_.path(), lie)) {
    context_.host.clock = &clock_;
    context_.limits.jobs = 1;
    storage_ = std::make_shared<Endless>(local_storage(directory_.path(), IfMissing::fail, calls_));
    promise({});
    kit_.create(storage_, context_);
    promise({.created = true});
    const BackupId first = backup(storage_, kFirst);
    promise({.created = true, .whole = {first}});
    const BackupId second = backup(storage_, kSecond);
    promise({.created = true, .whole = {first, second}});
    die_in_a_backup();
    promise({.created = true, .whole = {second}});
    kit_.open(storage_, context_)->remove(first, context_);
    promise({.created = true, .whole = {second}, .gone = {first}});
    for (int run = 0; run < kit_.collections; ++run) {
      age();
      kit_.collect(*kit_.open(storage_, context_), context_);
    }
  }

  struct Promise {
    bool created = false;
    std::set<BackupId> whole, gone;
    std::size_t from = 0;  // valid from this many changes on
  };
  const std::vector<FileChange>& changes() const { return calls_->changes(); }
  std::size_t promise_at(std::size_t point) const {
    std::size_t latest = 0;
    while (latest + 1 < promises_.size() && promises_[latest + 1].from <= point) ++latest;
    return latest;
  }

  /// Returns the fault of a state; "" if there is none.
  std::string check(const fs::path& root, const Promise& promised, bool full) const {
    try {
      Context context;
      context.host.clock = &clock_;
      context.limits.jobs = 1;
      const auto storage = std::make_shared<Endless>(local_storage(root, IfMissing::fail));
      if (!promised.created && !storage->stat("format")) kit_.create(storage, context);
      const auto layout = kit_.open(storage, context);
      std::string problem = check_listed(*layout, promised, full, context);
      if (!problem.empty()) return problem;
      const BackupId after = make_backup(*layout, kAfter, context).id;
      if (!listed(*layout, context).contains(after)) return "a new backup is not listed";
      problem = faults(*layout, after, full ? VerifyLevel::full : VerifyLevel::quick, context);
      return problem.empty() && full ? check_collectable(*storage, *layout, context) : problem;
    } catch (const Error& error) {
      return error.message();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }
  std::string check(const fs::path& root, std::size_t point, bool full) const { return check(root, promises_[promise_at(point)], full); }

 private:
  std::string check_listed(const Layout& layout, const Promise& promised, bool full, Context& context) const {
    const std::set<BackupId> ids = listed(layout, context);
    for (const BackupId& id : promised.whole) {
      if (!ids.contains(id)) return "lost: " + id;
    }
    for (const BackupId& id : ids) {
      if (promised.gone.contains(id)) return "is back: " + id;
      const std::string problem = faults(layout, id, full ? VerifyLevel::full : VerifyLevel::quick, context);
      if (!problem.empty()) return problem;
      if (full && read_back(layout, id, context) != contents_.at(id)) return "other bytes: " + id;
    }
    return full ? common_faults(layout, context) : "";
  }

  /// Makes everything in the state three days old, except the newest objects.
  std::string check_collectable(Storage& storage, Layout& layout, Context& context) const {
    const std::set<BackupId> before = listed(layout, context);
    kit_.collect(layout, context);
    if (listed(layout, context) != before) return "collecting took a backup";
    for (const BackupId& id : before) {
      const std::string problem = faults(layout, id, VerifyLevel::full, context);
      if (!problem.empty()) return "after collecting: " + problem;
    }
    return kit_.collections == 1 ? kit_.leftover(object_names(storage), before) : "";
  }

  void promise(Promise promise) {
    promise.from = calls_->changes().size();
    promises_.push_back(std::move(promise));
  }
  BackupId backup(const std::shared_ptr<Storage>& storage, const Contents& contents) {
    clock_.advance(std::chrono::seconds(1));
    const BackupId id = make_backup(*kit_.open(storage, context_), contents, context_).id;
    contents_[id] = contents;
    return id;
  }
  void die_in_a_backup() {
    bool dead = false;
    std::uint64_t puts = 0;
    const auto mortal = faulty_storage(storage_, {.rules = {}, .on_step = [&](const StorageStep& step) {
                                                    const bool effect = step.operation == StorageOperation::put ||
                                                                        step.operation == StorageOperation::commit;
                                                    dead = dead || (effect && step.after && ++puts == 3);
                                                    if (dead) throw Crash{};
                                                  }});
    CHECK_THROWS_AS(backup(mortal, {{"a", "dies"}, {"b", "shared"}, {"e", "dies, too"}}), Crash);
  }
  void age() const {
    for (const auto& file : fs::recursive_directory_iterator(directory_.path())) {
      if (file.is_regular_file()) fs::last_write_time(file, file.last_write_time() - kOverADay);
    }
  }

  const LayoutKit& kit_;
  testing::TempDirectory directory_{testing::memory_directory()};
  std::shared_ptr<RecordingCalls> calls_;
  mutable StandingClock clock_;
  Context context_;
  std::shared_ptr<Storage> storage_;
  std::vector<Promise> promises_;
  std::map<BackupId, Contents> contents_;
};

struct Survival {
  std::uint64_t states = 0, problems = 0;
  std::string first;
};

Survival lose_power_everywhere(const Life& life, bool stop_at_first) {
  const testing::TempDirectory place(testing::memory_directory());
  StateDirectory directory(place.path());
  Survival outcome;
  const std::uint64_t step = is_long_run() ? 1 : kSomeOf;
  std::uint64_t number = 0;
  outcome.states = for_each_power_loss(
      life.changes(), [&](std::size_t point) { return life.promise_at(point); },
      [&](std::size_t point, const FileState& state) {
        if (++number % step != 0) return true;
        const bool full = number / step % kFullEvery == 0;
        const std::string problem = life.check(directory.make(state), point, full);
        if (problem.empty()) return true;
        if (outcome.problems++ == 0) {
          outcome.first = "after change " + std::to_string(point) + ": " + problem + "\n";
          for (const auto& [path, content] : state)
            outcome.first += "  " + path + (content == nullptr ? "/" : " " + std::to_string(content->size())) + "\n";
        }
        return !stop_at_first;
      });
  return outcome;
}

}  // namespace

TEST_CASE("after any power loss committed backups are whole, removed ones are gone, none is torn, and a new one can be made") {
  std::uint64_t states = 0;
  for (const LayoutKit& kit : layout_kits()) {
    CAPTURE(kit.name);
    const Life life(kit);
    const Survival outcome = lose_power_everywhere(life, false);
    CHECK_MESSAGE(outcome.problems == 0, outcome.first);
    MESSAGE(kit.name << ": " << life.changes().size() << " changes, " << outcome.states << " states");
    states += outcome.states;
  }
  CHECK(states >= 10'000);
}

TEST_CASE("a storage that does not sync its files or directories is detected") {
  for (const RecordingCalls::Lie lie : {RecordingCalls::Lie{.syncs_files = false}, RecordingCalls::Lie{.syncs_directories = false}}) {
    const Life life(layout_kits().front(), lie);
    CHECK(lose_power_everywhere(life, true).problems > 0);
  }
}

TEST_CASE("after any power loss the same holds on a file system that can neither link nor rename without replacing") {
  for (const LayoutKit& kit : layout_kits()) {
    CAPTURE(kit.name);
    const Life life(kit, {.links = false});
    const Survival outcome = lose_power_everywhere(life, false);
    CHECK_MESSAGE(outcome.problems == 0, outcome.first);
    MESSAGE(kit.name << ": " << life.changes().size() << " changes, " << outcome.states << " states");
  }
}
