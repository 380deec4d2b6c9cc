#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <utility>

#include "live.hpp"

namespace holdfast::python {

namespace py = pybind11;

/// A Python object that C++ may copy and drop on any thread, with or without the GIL. Any other use needs the GIL.
class PyRef {
 public:
  PyRef() = default;
  explicit PyRef(py::object object) : held_(new py::object(std::move(object)), drop) {}
  const py::object& get() const { return *held_; }

 private:
  static void drop(py::object* object) {
    if (Py_IsInitialized() == 0) return;  // the interpreter has already destroyed its objects
    const py::gil_scoped_acquire gil;
    delete object;
  }
  std::shared_ptr<py::object> held_;
};

/// Deletes C++ objects without the GIL: their destructors may wait for threads that need it.
struct Unlocked {
  template <class T>
  void operator()(T* object) const {
    if (Py_IsInitialized() != 0 && PyGILState_Check() != 0) {
      const Released released;
      delete object;
    } else {
      delete object;
    }
  }
};

template <class T, class... Arguments>
std::shared_ptr<T> make_unlocked(Arguments&&... arguments) {
  return std::shared_ptr<T>(new T(std::forward<Arguments>(arguments)...), Unlocked());
}

}  // namespace holdfast::python
