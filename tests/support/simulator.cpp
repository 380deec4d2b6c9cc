#include "support/simulator.hpp"

#include <sstream>

#include "support/simulator_world.hpp"

namespace holdfast::test {

using std::chrono::hours;
using std::chrono::microseconds;

Simulator::World::World(const LayoutKit& its_kit, const SimulatorOptions& its_options) : kit(its_kit), options(its_options) {
  actions = common_actions();
  actions.insert(actions.end(), kit.actions.begin(), kit.actions.end());
  inspector_ = std::make_unique<SimulatedActor>(*this, "inspector");
  inspector_->undisturbed = true;
  SeededRandom creator(1);
  Context context;
  context.host.clock = &clock;
  context.host.random = &creator;
  kit.create(std::make_shared<ActorStorage>(
                 objects, clock, [](const char*, std::string_view, const std::function<void()>& effect) { effect(); }, [] { return 0; }),
             context);
  created_ = objects.all();
  const unsigned count = options.writers + options.collectors + options.removers + options.readers + options.forgers;
  for (unsigned number = 0; number < count; ++number) actors_.push_back(std::make_unique<SimulatedActor>(*this, std::to_string(number)));
  // Threads are kept for all seeds, because starting one costs more than most seeds.
  for (const auto& actor : actors_) {
    threads_.emplace_back([this, actor = actor.get()] {
      for (actor->go.acquire(); actor->active; actor->go.acquire()) {
        actor->live();
        pass_on(nullptr);
      }
    });
  }
}

Simulator::World::~World() {
  for (const auto& actor : actors_) actor->go.release();
  for (std::thread& thread : threads_) thread.join();
}

void Simulator::World::fail(const std::string& what) {
  note("WRONG: " + what);
  if (problem.empty()) problem = what;
  ending = true;
}

SimulatedActor* Simulator::World::choose() {
  std::vector<SimulatedActor*> awake;
  TimePoint next = TimePoint::max();
  for (const auto& actor : actors_) {
    if (!actor->active) continue;
    if (actor->wake <= clock.now()) awake.push_back(actor.get());
    next = std::min(next, actor->wake);
  }
  if (next == TimePoint::max()) return nullptr;
  if (!awake.empty()) return awake[random.below(awake.size())];
  clock.advance(next - clock.now());
  return choose();
}

void Simulator::World::pass_on(SimulatedActor* from) {
  SimulatedActor* to = choose();
  if (to == from && from != nullptr) return;
  (to == nullptr ? all_done_ : to->go).release();
  if (from != nullptr) from->go.acquire();
}

void Simulator::World::cast() {
  std::size_t next = 0;
  const auto add = [&](Role role, const char* title, std::uint64_t count, unsigned most_actions) {
    for (std::uint64_t number = 0; number < count; ++number) {
      constexpr std::array kDelays{hours(0), hours(0), hours(0), hours(1), hours(24), hours(25), hours(49)};
      constexpr std::array kSkews{hours(-25), hours(-24), hours(-1), hours(1), hours(25), hours(72)};
      const microseconds skew = options.skew && random.once_in(4) ? kSkews[random.below(kSkews.size())] : hours(0);
      SimulatedActor& actor = *actors_[next++];
      actor.name = title + std::to_string(number + 1);
      const auto count_of_actions = static_cast<unsigned>(1 + random.below(most_actions));
      actor.cast(role, count_of_actions, clock.now() + kDelays[random.below(kDelays.size())], skew, random.next());
      note(actor.name + " will do " + std::to_string(count_of_actions) + " things from " + format_time(actor.wake) +
           " on, its clock is off by " + std::to_string(std::chrono::duration_cast<hours>(skew).count()) + " h");
    }
  };
  constexpr std::array<std::uint64_t, 5> kDeaths{0, 0, 100, 40, 15}, kNaps{0, 60, 30, 15, 200}, kJumps{0, 0, 30, 100, 300},
      kSwitches{1, 1, 2, 4, 20}, kStale{3, 3, 5, 10, 20};
  temper = {.deaths = options.deaths ? kDeaths[random.below(5)] : 0,
            .naps = options.naps ? kNaps[random.below(5)] : 0,
            .jumps = options.naps ? kJumps[random.below(5)] : 0,
            .switches = kSwitches[random.below(5)],
            .stale = kStale[random.below(5)]};
  const auto up_to = [this](unsigned most) { return most == 0 ? 0 : random.below(most + 1); };
  add(Role::writer, "writer", options.writers == 0 ? 0 : 1 + random.below(options.writers), 2);
  add(Role::collector, "collector", up_to(options.collectors), 3);
  add(Role::remover, "remover", up_to(options.removers), 3);
  add(Role::reader, "reader", up_to(options.readers), 3);
  if (options.forgers != 0) add(Role::forger, "forger", 1 + random.below(options.forgers), 25);
}

std::string Simulator::World::run(std::uint64_t seed) {
  random = SeededRandom(seed);
  clock.advance(begun_ - clock.now());
  objects.reset(created_);
  oracle = Oracle();
  forged.clear();
  problem.clear();
  lines.clear();
  operations_of_seed = 0;
  ending = false;
  inspector_->start();
  cast();
  pass_on(nullptr);
  all_done_.acquire();
  if (problem.empty()) settle();
  inspector_->stop();
  return problem;
}

void Simulator::World::sample() {
  const std::vector<BackupId> committed = oracle.committed();
  if (committed.empty()) return;
  const BackupId& id = committed[operations % committed.size()];
  try {
    const std::string found = faults(inspector_->layout(), id, VerifyLevel::quick, inspector_->context());
    if (!found.empty()) fail("a committed backup is damaged: " + found);
  } catch (const Error& error) {
    fail("a committed backup can't be verified: " + error.message());
  }
}

/// All actors are done: after some days only complete backups may remain; and after these are removed, nothing at all.
void Simulator::World::settle() {
  try {
    const auto collect = [this] {
      for (int run = 0; run < kit.collections; ++run) {
        clock.advance(kOverADay);
        kit.collect(inspector_->layout(), inspector_->context());
      }
      const std::string left = leftover();
      if (!left.empty()) fail("is left: " + left);
    };
    check();
    collect();
    check();
    if (!random.once_in(4)) return;
    for (const BackupId& id : listed(inspector_->layout(), inspector_->context(), forged)) {
      Oracle::Change removal = oracle.begin_removal(id);
      inspector_->layout().remove(id, inspector_->context());
      removal.done();
    }
    collect();
    check();
  } catch (const std::exception& error) {
    fail(std::string("at the end: ") + error.what());
  }
}

// Forged objects may stay. While a record can't be read, packs stay, too; with an unreadable manifest, the objects of
// its backup.
std::string Simulator::World::leftover() {
  std::vector<std::string> names;
  for (const auto& [name, object] : objects.all()) {
    if (!forged.contains(name)) names.push_back(name);
    const bool record = name.starts_with("backups/") || name.find(".manifest.json") != std::string::npos;
    if (record && forged.contains(name)) return {};
  }
  return kit.leftover(names, listed(inspector_->layout(), inspector_->context(), forged));
}

void Simulator::World::check() {
  Layout& layout = inspector_->layout();
  Context& context = inspector_->context();
  const std::set<BackupId> ids = listed(layout, context, forged);
  for (const BackupId& id : oracle.committed()) {
    if (!ids.contains(id)) fail("a committed backup is not listed: " + id);
  }
  for (const BackupId& id : oracle.removed()) {
    if (ids.contains(id)) fail("a removed backup is listed: " + id);
  }
  for (const BackupId& id : ids) {
    const std::string found = faults(layout, id, VerifyLevel::full, context);
    if (!found.empty()) {
      fail("a listed backup is damaged: " + found);
    } else if (!oracle.may_hold(id, read_back(layout, id, context))) {
      fail("a backup holds what nobody committed under its id: " + id);
    }
  }
  std::string found;
  std::istringstream lines_found(common_faults(layout, context));
  for (std::string line; std::getline(lines_found, line);) {
    if (!forged.contains(line.substr(0, line.find(": ")))) found += line + "\n";
  }
  if (!found.empty()) fail("the repository is damaged: " + found);
}

Simulator::Simulator(const LayoutKit& kit, const SimulatorOptions& options) : world_(std::make_unique<World>(kit, options)) {}
Simulator::~Simulator() = default;

std::string Simulator::run(std::uint64_t seed) { return world_->run(seed); }

std::string Simulator::trace(std::uint64_t seed) {
  world_->tracing = true;
  world_->run(seed);
  world_->tracing = false;
  std::string text;
  for (const std::string& line : world_->lines) text += line + "\n";
  return text;
}

std::uint64_t Simulator::operations() const { return world_->operations; }

}  // namespace holdfast::test
