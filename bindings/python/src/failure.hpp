#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "holdfast/error.hpp"
#include "python.hpp"

namespace holdfast::python {

/// An exception that Python code raised, on its way through C++.
class PythonError : public Error {
 public:
  PythonError(ErrorCode code, std::string message, bool retryable, PyRef exception)
      : Error(code, std::move(message), retryable), exception_(std::move(exception)) {}
  const PyRef& exception() const noexcept { return exception_; }

 private:
  PyRef exception_;
};

/// What the callbacks of one object or operation raised lately. Layers in between may replace the error that carries it; by its text it is
/// found again, so that it comes out as it went in. Emptied when nobody runs that may ask. Safe from any thread, takes no GIL but to drop.
class FailureLog {
 public:
  /// The exception as an error of this library, noted down. Needs the GIL. `code` is for exceptions that say nothing of their kind.
  PythonError record(py::error_already_set& raised, ErrorCode code);
  /// The exception behind an error, if it came from here.
  std::optional<PythonError> behind(const Error& error) const;
  std::optional<PythonError> latest() const;

  void enter();
  void leave() noexcept;

 private:
  mutable std::mutex mutex_;
  std::deque<PythonError> failures_;
  unsigned users_ = 0;
};

/// Those of all objects that something is made of.
using FailureLogs = std::vector<std::shared_ptr<FailureLog>>;

/// Keeps logs from being emptied while it lives.
class FailureScope {
 public:
  FailureScope() = default;
  explicit FailureScope(const FailureLogs& logs) { watch(logs); }
  FailureScope(const FailureScope&) = delete;
  FailureScope& operator=(const FailureScope&) = delete;
  ~FailureScope() { clear(); }
  void clear() noexcept;
  void watch(std::shared_ptr<FailureLog> log);
  void watch(const FailureLogs& logs) {
    for (const auto& log : logs) watch(log);
  }
  /// Raises the Python exception that stands for `error`: that of a callback as it was, else one of this package. Needs the GIL.
  [[noreturn]] void raise(const Error& error) const;
  /// Runs `call` without the GIL; its errors come out through raise().
  template <class Call>
  auto run_unlocked(Call&& call) const {
    try {
      const InFlight in_flight;
      const py::gil_scoped_release release;
      return call();
    } catch (const Error& error) {
      raise(error);
    }
  }

 private:
  FailureLogs logs_;
};

/// Raises a recorded exception again, with its traceback. Needs the GIL.
[[noreturn]] void raise_again(const PythonError& failure);
/// The exception object of this package for an error. Needs the GIL.
py::object exception_for(const Error& error);
void bind_errors(py::module_& module);

/// Calls into Python on this thread: takes the GIL, and turns what is raised into an Error.
template <class Call>
auto call_python(FailureLog& log, ErrorCode code, Call&& call) {
  const py::gil_scoped_acquire gil;
  try {
    return call();
  } catch (py::error_already_set& raised) {
    throw log.record(raised, code);
  } catch (const py::cast_error&) {
    throw Error(ErrorCode::invalid_argument, "a Python callback returned a value of the wrong type");
  }
}

}  // namespace holdfast::python
