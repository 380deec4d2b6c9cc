#include "support/simulator_world.hpp"

namespace holdfast::test {

namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;

struct Killed {};  // thrown by a process that dies

constexpr milliseconds kOperationTime{1'900};     // for every second one: some events happen in the same second, but not all
constexpr std::uint64_t kMaxOperations = 20'000;  // of one seed: more means an endless loop
constexpr std::uint64_t kSampleEvery = 97;        // operations

}  // namespace

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
void SimulatedActor::forge(const std::string& object, ByteView bytes) {
  if (storage_->put_new(object, bytes) == PutResult::created) world_.forged.insert(object);
}
std::optional<std::pair<std::string, Bytes>> SimulatedActor::something_gone() { return world_.objects.gone(random_.next()); }
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
  context_->host.clock = &clock_;
  context_->host.random = &random_;
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

/// Anything may happen between two operations.
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

}  // namespace holdfast::test
