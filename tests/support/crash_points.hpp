#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "holdfast/error.hpp"
#include "support/storage_double.hpp"

namespace holdfast::test {

/// Thrown by a process that dies: no code of ours catches it for good, and no further call reaches the storage.
struct Crash {};

/// Counts the points where a process may die, and makes it die at one of them.
class Fuse {
 public:
  void light(std::uint64_t points) {
    left_ = points;
    lit_ = true;
    burnt_ = false;
  }
  /// Returns whether the process has died.
  bool put_out() {
    lit_ = false;
    return std::exchange(burnt_, false);
  }
  bool burnt() const { return burnt_; }
  /// Passes one point. Returns true if the process is dead.
  bool pass() {
    if (lit_ && !burnt_ && left_-- == 0) burnt_ = true;
    return burnt_;
  }

 private:
  std::uint64_t left_ = 0;
  bool lit_ = false;
  bool burnt_ = false;
};

/// A world with a HookedStorage in its member `storage`, where a process may die before and after each effect.
template <typename World>
class Crashable : public World {
 public:
  using World::World;

  void light(std::uint64_t points) {
    fuse_.light(points);
    this->storage->set_hook([this](const HookedStorage::Step& step) {
      if (step.effect() ? fuse_.pass() : fuse_.burnt()) throw Crash{};
    });
  }
  bool put_out() {
    this->storage->set_hook({});
    return fuse_.put_out();
  }
  bool dead() const { return fuse_.burnt(); }

 private:
  Fuse fuse_;
};

/// Runs `operation` on new worlds, each time dying at the next point, until it completes. Runs `check` after each. The
/// worlds (pointers from `make_world`) have light() and put_out(). Returns the number of points, and prints it.
template <typename MakeWorld, typename Operation, typename Check>
std::uint64_t for_each_crash_point(const std::string& what, const MakeWorld& make_world, const Operation& operation, const Check& check) {
  for (std::uint64_t point = 0;; ++point) {
    CAPTURE(what);
    CAPTURE(point);
    const auto world = make_world();
    world->light(point);
    bool failed = false;
    try {
      operation(*world);
    } catch (const Crash&) {
    } catch (const Error& error) {  // where death can't be an exception, it looks like a broken disk
      INFO(error.message());
      failed = true;
    }
    const bool crashed = world->put_out();
    CHECK_MESSAGE((crashed || !failed), "the operation failed though nothing was in its way");
    check(*world);
    if (crashed) continue;
    MESSAGE(what << ": " << point << " crash points");
    return point;
  }
}

}  // namespace holdfast::test
