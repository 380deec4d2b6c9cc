#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>

namespace holdfast::python {

class Operation;

/// What is under way in this process, so that the interpreter does not go while C++ runs without the GIL: whoever asks for it then never
/// comes back, and takes the process down with him.

/// Marks a call into the library. Made and dropped with the GIL. Throws Error{invalid_state} when the interpreter is going.
class InFlight {
 public:
  InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight();
};

/// Gives the GIL up for as long as it lives, unless the interpreter is going: then nobody is left whom it could be kept from.
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

/// Operations that the interpreter's end cancels. Any thread.
void add_live(Operation& operation);
void remove_live(Operation& operation);

/// What stands for this process: another value in each child of a fork. Any thread.
const void* this_process();

/// Whether this is another process than the one that made something: its threads are not here, and to end what has some would wait for
/// them for ever. It is left as it is then.
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

/// For the child of a fork: nothing is under way in it.
void forked();

/// Throws ImportError in another interpreter than the first: the threads of the library would call into the wrong one.
void require_main_interpreter();

/// For the interpreter's end: asks every operation to stop and waits, for a while, until no call is in flight. Needs the GIL.
void shut_down();

}  // namespace holdfast::python
