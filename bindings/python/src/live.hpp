#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>

namespace holdfast::python {

class Operation;

/// The running calls of this process, so that the interpreter does not end while C++ runs without the GIL: a thread
/// that then asks for the GIL never returns, and takes the process down.

/// Marks a call into the library. Constructed and destroyed with the GIL. Throws Error{invalid_state} if the
/// interpreter is ending.
class InFlight {
 public:
  InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight();
};

/// Releases the GIL for its lifetime, unless the interpreter is ending: then no other thread needs it.
class Released {
 public:
  Released();
  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;
  ~Released();

 private:
  bool entered_;
  std::optional<pybind11::gil_scoped_release> release_;
};

/// Registers operations that the interpreter's end cancels. Safe from any thread.
void add_live(Operation& operation);
void remove_live(Operation& operation);

/// Returns an identity of this process, which is different in each child of a fork. Safe from any thread.
const void* this_process();

/// A deleter that knows the process that made an object. In another process, it leaves the object alone: the object's
/// threads do not exist there, and destroying it might wait for them forever.
class Maker {
 public:
  bool is_elsewhere() const { return this_process() != process_; }
  template <class T>
  void operator()(T* made) const {
    if (!is_elsewhere()) delete made;
  }

 private:
  const void* process_ = this_process();
};
template <class T>
using OwnedHere = std::unique_ptr<T, Maker>;

/// Called in the child of a fork: no call is running there.
void forked();

/// Throws ImportError in any but the first interpreter: the library's threads would call into the wrong one.
void require_main_interpreter();

/// Called at the interpreter's end: asks every operation to stop, and waits for a limited time until no call is
/// running. Needs the GIL.
void shut_down();

}  // namespace holdfast::python
