#include "live.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>

#include "operation.hpp"

namespace holdfast::python {

namespace {

constexpr std::chrono::seconds kPatience{30};

struct Live {
  std::mutex mutex;  // no other lock is taken while it is held
  std::condition_variable quiet;
  std::set<Operation*> operations;
  unsigned calls = 0;
  bool closing = false;
};

// Never destroyed: calls may end after the destructors of static objects.
Live*& instance() {
  static Live* instance = new Live;
  return instance;
}

Live& live() { return *instance(); }

bool enter() {
  const std::lock_guard lock(live().mutex);
  if (live().closing) return false;
  ++live().calls;
  return true;
}

void leave() {
  const std::lock_guard lock(live().mutex);
  if (--live().calls == 0) live().quiet.notify_all();
}

}  // namespace

InFlight::InFlight() {
  if (!enter()) throw Error(ErrorCode::invalid_state, "the interpreter is shutting down: no new call can begin");
}
InFlight::~InFlight() { leave(); }

Released::Released() : entered_(enter()) {
  if (entered_) release_.emplace();
}
Released::~Released() {
  release_.reset();
  if (entered_) leave();
}

void add_live(Operation& operation) {
  const std::lock_guard lock(live().mutex);
  live().operations.insert(&operation);
}

void remove_live(Operation& operation) {
  const std::lock_guard lock(live().mutex);
  live().operations.erase(&operation);
}

void forked() { instance() = new Live; }

const void* this_process() { return instance(); }

void require_main_interpreter() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return;
  throw pybind11::import_error("holdfast works in the main interpreter only, not in a subinterpreter: import it there, or use a process");
}

void shut_down() {
  const pybind11::gil_scoped_release release;
  std::unique_lock lock(live().mutex);
  live().closing = true;
  for (Operation* operation : live().operations) operation->request_stop();
  live().quiet.wait_for(lock, kPatience, [] { return live().calls == 0; });
}

}  // namespace holdfast::python
