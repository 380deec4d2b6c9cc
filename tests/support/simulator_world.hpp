#pragma once

#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "support/simulator.hpp"
#include "support/simulator_storage.hpp"
#include "support/storage_double.hpp"

namespace holdfast::test {

/// The clock of one machine.
class SkewedClock final : public Clock {
 public:
  explicit SkewedClock(const Clock& real) : real_(real) {}
  TimePoint now() const override { return real_.now() + skew; }
  std::chrono::microseconds skew{0};

 private:
  const Clock& real_;
};

/// The frequency of events in a seed: each happens once in so many operations; 0 = never.
struct Temper {
  std::uint64_t deaths, naps, jumps, switches, stale;
};

/// A process. Only one actor's thread runs at a time; it passes the baton between storage operations.
class SimulatedActor final : public Actor {
 public:
  SimulatedActor(Simulator::World& world, std::string name);

  const LayoutKit& kit() const override;
  Layout& layout() override { return *layout_; }
  Context& context() override { return *context_; }
  SeededRandom& random() override { return random_; }
  Oracle& oracle() override;
  Storage& storage() override { return *storage_; }
  void forge(const std::string& name, ByteView bytes) override;
  std::optional<std::pair<std::string, Bytes>> something_gone() override;
  bool was_silent() const override { return silent_; }
  bool died() const override { return dead_; }
  void fail(const std::string& what) override;

  /// Prepares it for a seed: it will do `actions` actions, the first at `wake`.
  void cast(Role role, unsigned actions, TimePoint wake, std::chrono::microseconds skew, std::uint64_t seed);
  void live();
  /// Starts a new process, with empty memory.
  void start();
  void stop();
  void turn(const char* operation, std::string_view name, const std::function<void()>& effect);

  std::string name;
  TimePoint wake;
  bool active = false;
  bool undisturbed = false;  // nothing happens in between: for set-up and checks
  std::binary_semaphore go{0};

 private:
  void act();
  void interrupt();
  void note_silence();

  Simulator::World& world_;
  std::mutex mutex_;  // an action may use threads, which take turns
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

/// The state that all actors share.
class Simulator::World {
 public:
  World(const LayoutKit& its_kit, const SimulatorOptions& its_options);
  ~World();

  std::string run(std::uint64_t seed);

  /// Passes the baton on; returns at once if it is `from`'s turn again.
  void pass_on(SimulatedActor* from);
  void fail(const std::string& what);
  void note(const std::string& line) {
    if (tracing) lines.push_back(format_time_micros(clock.now()).substr(5, 18) + " " + line);
  }
  /// Examines a committed backup while all others are paused.
  void sample();

  const LayoutKit& kit;
  const SimulatorOptions options;
  std::vector<ActorAction> actions;
  StandingClock clock;
  SharedObjects objects;
  Oracle oracle;
  std::set<std::string> forged;  // objects
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
  std::string leftover();
  SimulatedActor* choose();

  SharedObjects::Map created_;
  const TimePoint begun_ = clock.now();
  std::vector<std::unique_ptr<SimulatedActor>> actors_;
  std::unique_ptr<SimulatedActor> inspector_;
  std::binary_semaphore all_done_{0};
  std::vector<std::thread> threads_;
};

}  // namespace holdfast::test
