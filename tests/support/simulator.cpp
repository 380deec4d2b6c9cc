#include "support/simulator.hpp"

#include <mutex>
#include <semaphore>
#include <thread>

#include "support/simulator_storage.hpp"
#include "support/storage_double.hpp"

namespace holdfast::test {

namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;

struct Killed {};  // what a process throws when it dies

constexpr milliseconds kOperationTime{1'900};     // of every second one: some things happen in the same second, but not all
constexpr std::uint64_t kMaxOperations = 20'000;  // of one seed: more is an endless loop
constexpr std::uint64_t kSampleEvery = 97;        // operations

/// The clock of one machine.
class SkewedClock final : public Clock {
 public:
  explicit SkewedClock(const Clock& real) : real_(real) {}
  TimePoint now() const override { return real_.now() + skew; }
  microseconds skew{0};

 private:
  const Clock& real_;
};

/// How eventful a seed is: each happens once in so many operations; 0 = never.
struct Temper {
  std::uint64_t deaths, naps, jumps, switches, stale;
};

}  // namespace

// ---- One actor

class SimulatedActor final : public Actor {
 public:
  SimulatedActor(Simulator::World& world, std::string name);

  const LayoutKit& kit() const override;
  Layout& layout() override { return *layout_; }
  Context& context() override { return *context_; }
  SeededRandom& random() override { return random_; }
  Oracle& oracle() override;
  bool was_silent() const override { return silent_; }
  bool died() const override { return dead_; }
  void fail(const std::string& what) override;

  /// Ready for a seed: it will do `actions` things, the first at `wake`.
  void cast(Role role, unsigned actions, TimePoint wake, microseconds skew, std::uint64_t seed);
  void live();
  /// A new process, with nothing in its memory.
  void start();
  void stop();
  void turn(const char* operation, std::string_view name, const std::function<void()>& effect);

  std::string name;
  TimePoint wake;
  bool active = false;
  bool undisturbed = false;  // nothing happens in between: who sets up and checks
  std::binary_semaphore go{0};

 private:
  void act();
  void interrupt();
  void note_silence();

  Simulator::World& world_;
  std::mutex mutex_;  // an action may use threads; they take turns
  Role role_ = Role::writer;
  unsigned actions_ = 0;
  SeededRandom random_{0};
  SkewedClock clock_;
  std::shared_ptr<ActorStorage> storage_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<Layout> layout_;
  bool dead_ = false;
  bool immortal_ = false;
  bool silent_ = false;
  TimePoint last_sign_;
};

// ---- What they share

class Simulator::World {
 public:
  World(const LayoutKit& its_kit, const SimulatorOptions& its_options);
  ~World();

  std::string run(std::uint64_t seed);

  /// The baton goes on; back at once if it is `from`'s turn again.
  void pass_on(SimulatedActor* from);
  void fail(const std::string& what);
  void note(const std::string& line) {
    if (tracing) lines.push_back(format_time_micros(clock.now()).substr(5, 18) + " " + line);
  }
  /// Looks at a committed backup while all others stand still.
  void sample();

  const LayoutKit& kit;
  const SimulatorOptions options;
  std::vector<ActorAction> actions;
  StandingClock clock;
  SharedObjects objects;
  Oracle oracle;
  SeededRandom random{0};
  Temper temper{};
  std::string problem;
  std::uint64_t operations = 0, operations_of_seed = 0;
  bool tracing = false, ending = false;
  std::vector<std::string> lines;

 private:
  void cast();
  void settle();
  void check();
  SimulatedActor* choose();

  SharedObjects::Map created_;
  const TimePoint begun_ = clock.now();
  std::vector<std::unique_ptr<SimulatedActor>> actors_;
  std::unique_ptr<SimulatedActor> inspector_;
  std::binary_semaphore all_done_{0};
  std::vector<std::thread> threads_;
};

// ---- The actor's life

SimulatedActor::SimulatedActor(Simulator::World& world, std::string its_name)
    : name(std::move(its_name)), world_(world), clock_(world.clock) {
  storage_ = std::make_shared<ActorStorage>(
      world.objects, world.clock,
      [this](const char* operation, std::string_view object, const std::function<void()>& effect) { turn(operation, object, effect); },
      [this]() -> std::size_t {
        const bool may =
            world_.options.stale == StaleLists::for_all || (world_.options.stale == StaleLists::for_readers && role_ == Role::reader);
        return may && !undisturbed && world_.random.once_in(world_.temper.stale) ? 1 + world_.random.below(world_.options.stale_changes)
                                                                                 : 0;
      });
}

const LayoutKit& SimulatedActor::kit() const { return world_.kit; }
Oracle& SimulatedActor::oracle() { return world_.oracle; }
void SimulatedActor::fail(const std::string& what) { world_.fail(name + ": " + what); }

void SimulatedActor::cast(Role role, unsigned actions, TimePoint its_wake, microseconds skew, std::uint64_t seed) {
  role_ = role;
  actions_ = actions;
  wake = its_wake;
  clock_.skew = skew;
  random_ = SeededRandom(seed);
  active = true;
}

void SimulatedActor::start() {
  dead_ = immortal_ = false;
  context_ = std::make_unique<Context>();
  context_->clock = &clock_;
  context_->random = &random_;
  context_->limits.jobs = 1;
  const bool before = std::exchange(undisturbed, true);
  layout_ = kit().open(storage_, *context_);
  undisturbed = before;
}

void SimulatedActor::stop() {
  layout_.reset();
  context_.reset();
}

void SimulatedActor::live() {
  try {
    start();
    for (unsigned number = 0; number < actions_ && !world_.ending; ++number) act();
    stop();
  } catch (const std::exception& error) {
    fail(error.what());
  }
  active = false;
}

void SimulatedActor::act() {
  unsigned total = 0;
  for (const ActorAction& action : world_.actions) total += action.role == role_ ? action.weight : 0;
  std::uint64_t chosen = random_.below(total);
  for (const ActorAction& action : world_.actions) {
    if (action.role != role_) continue;
    if (chosen >= action.weight) {
      chosen -= action.weight;
      continue;
    }
    world_.note(name + " begins: " + action.name);
    silent_ = false;
    last_sign_ = world_.clock.now();
    try {
      action.run(*this);
      if (!dead_) world_.note(name + " has done: " + action.name);
    } catch (const Killed&) {
    } catch (const std::exception& error) {
      if (!dead_) fail(action.name + ": " + error.what());
    }
    if (dead_) start();
    immortal_ = false;
    return;
  }
}

void SimulatedActor::turn(const char* operation, std::string_view object, const std::function<void()>& effect) {
  const std::lock_guard lock(mutex_);
  if (!undisturbed) interrupt();
  if (!undisturbed) world_.note(name + " " + operation + " " + std::string(object));
  const bool removes = std::string_view(operation) == "remove";
  const bool stores = std::string_view(operation) == "put" || std::string_view(operation) == "commit";
  if ((stores || removes) && !undisturbed) {
    note_silence();
    if (world_.clock.now() - last_sign_ > kDead && kit().hangs_on_its_writer(object)) immortal_ = true;
    if (stores && kit().is_sign_of_life(object)) last_sign_ = world_.clock.now();
  }
  effect();
}

void SimulatedActor::note_silence() { silent_ = silent_ || world_.clock.now() - last_sign_ > kDead; }

/// Between two operations anything may happen.
void SimulatedActor::interrupt() {
  dead_ = dead_ || (world_.ending && !immortal_);
  if (dead_) throw Killed{};
  ++world_.operations;
  if (++world_.operations_of_seed > kMaxOperations) fail("there is no end");
  SeededRandom& chance = world_.random;
  const Temper& temper = world_.temper;
  if (chance.once_in(2)) world_.clock.advance(kOperationTime);
  if (world_.operations % kSampleEvery == 0) world_.sample();
  bool leave = chance.once_in(temper.switches);
  if (chance.once_in(temper.jumps)) world_.clock.advance(minutes(chance.below(600)));
  if (chance.once_in(temper.naps)) {
    constexpr std::array kNaps{hours(1), hours(23), hours(25), hours(26), hours(50), hours(75)};
    wake = world_.clock.now() + kNaps[chance.below(kNaps.size())];
    leave = true;
    world_.note(name + " sleeps until " + format_time(wake));
  }
  if (leave) world_.pass_on(this);
  note_silence();
  if (!immortal_ && chance.once_in(temper.deaths)) dead_ = true;
  if (dead_) {
    world_.note(name + " dies");
    throw Killed{};
  }
}

// ---- The world

Simulator::World::World(const LayoutKit& its_kit, const SimulatorOptions& its_options) : kit(its_kit), options(its_options) {
  actions = common_actions();
  actions.insert(actions.end(), kit.actions.begin(), kit.actions.end());
  inspector_ = std::make_unique<SimulatedActor>(*this, "inspector");
  inspector_->undisturbed = true;
  SeededRandom creator(1);
  Context context;
  context.clock = &clock;
  context.random = &creator;
  kit.create(std::make_shared<ActorStorage>(
                 objects, clock, [](const char*, std::string_view, const std::function<void()>& effect) { effect(); }, [] { return 0; }),
             context);
  created_ = objects.all();
  const unsigned count = options.writers + options.collectors + options.removers + options.readers;
  for (unsigned number = 0; number < count; ++number) actors_.push_back(std::make_unique<SimulatedActor>(*this, std::to_string(number)));
  // Threads are kept for all seeds: to start one costs more than most seeds.
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
}

std::string Simulator::World::run(std::uint64_t seed) {
  random = SeededRandom(seed);
  clock.advance(begun_ - clock.now());
  objects.reset(created_);
  oracle = Oracle();
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

/// All actors are done: after some days nothing must be there but whole backups; and when these are removed, nothing at all.
void Simulator::World::settle() {
  try {
    const auto collect = [this] {
      for (int run = 0; run < kit.collections; ++run) {
        clock.advance(kOverADay);
        kit.collect(inspector_->layout(), inspector_->context());
      }
      std::vector<std::string> names;
      for (const auto& [name, object] : objects.all()) names.push_back(name);
      const std::string leftover = kit.leftover(names, listed(inspector_->layout(), inspector_->context()));
      if (!leftover.empty()) fail("is left: " + leftover);
    };
    check();
    collect();
    check();
    if (!random.once_in(4)) return;
    for (const BackupId& id : listed(inspector_->layout(), inspector_->context())) {
      oracle.begin_removal(id);
      inspector_->layout().remove(id, inspector_->context());
      oracle.removed(id);
    }
    collect();
    check();
  } catch (const std::exception& error) {
    fail(std::string("at the end: ") + error.what());
  }
}

void Simulator::World::check() {
  Layout& layout = inspector_->layout();
  Context& context = inspector_->context();
  const std::set<BackupId> ids = listed(layout, context);
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
  const std::string found = common_faults(layout, context);
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
