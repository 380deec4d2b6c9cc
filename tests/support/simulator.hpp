#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/layouts.hpp"
#include "support/oracle.hpp"

namespace holdfast::test {

/// Small and fast: the same numbers for the same seed on every machine.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  std::uint64_t below(std::uint64_t end) { return next() % end; }
  /// True once in `times` calls on average; never for 0.
  bool once_in(std::uint64_t times) { return times != 0 && below(times) == 0; }
  void fill(std::span<std::byte> out) override {
    for (std::byte& byte : out) byte = static_cast<std::byte>(next());
  }

 private:
  std::uint64_t state_;
};

/// A process as its actions see it. Each of its storage operations may be interrupted: by others, for days, or forever.
class Actor {
 public:
  virtual ~Actor() = default;
  virtual const LayoutKit& kit() const = 0;
  virtual Layout& layout() = 0;  ///< its own
  virtual Context& context() = 0;
  virtual SeededRandom& random() = 0;
  virtual Oracle& oracle() = 0;
  virtual Storage& storage() = 0;
  /// Puts an object as somebody without a key can; it must have no effect on anything honest.
  virtual void forge(const std::string& name, ByteView bytes) = 0;
  /// Returns an object that was removed, with its bytes.
  virtual std::optional<std::pair<std::string, Bytes>> something_gone() = 0;
  /// Returns whether its silence since the beginning of its present action was long enough to be considered dead.
  virtual bool was_silent() const = 0;
  /// Returns whether it has died, but the clean-up after an error suppressed that.
  virtual bool died() const = 0;
  /// Reports a fault; the seed has failed.
  virtual void fail(const std::string& what) = 0;
};

enum class StaleLists { never, for_readers, for_all };

struct SimulatorOptions {
  unsigned writers = 5, collectors = 2, removers = 2, readers = 2, forgers = 0;  ///< at most
  bool deaths = true;
  bool naps = true;  ///< an actor does nothing for hours or days
  bool skew = true;  ///< an actor's own clock is wrong by hours or days
  StaleLists stale = StaleLists::never;
  unsigned stale_changes = 3;  ///< at most this many changes are missing in a stale list
};

/// Runs processes of one repository against each other on a storage in memory. At each storage operation, a seed
/// decides the order.
class Simulator {
 public:
  explicit Simulator(const LayoutKit& kit, const SimulatorOptions& options = {});
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// Returns the fault; "" if there was none. The same seed always has the same result.
  std::string run(std::uint64_t seed);
  /// Returns all events of a seed, line by line, for people.
  std::string trace(std::uint64_t seed);

  std::uint64_t operations() const;  ///< on the storage, of all seeds so far

  class World;

 private:
  std::unique_ptr<World> world_;
};

/// Actions of every layout.
const std::vector<ActorAction>& common_actions();

// Actions of some layouts only:
/// Copies a backup within the repository: nearly all chunks of the copy belong to a backup that may be removed
/// meanwhile.
void copy_one(Actor& actor);
/// Undoes a removal.
void bring_one_back(Actor& actor);

}  // namespace holdfast::test
