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

/// A Python exception on its way through C++.
class PythonError : public Error {
 public:
  PythonError(ErrorCode code, std::string message, bool retryable, PyRef exception)
      : Error(code, std::move(message), retryable), exception_(std::move(exception)) {}
  const PyRef& exception() const noexcept { return exception_; }

 private:
  PyRef exception_;
};

/// Recent exceptions from the callbacks of one object or operation. Layers in between may replace the error that
/// carries an exception. The log finds the exception by its text, so that it leaves unchanged. Emptied when no call is
/// running that may need it. Safe from any thread; needs the GIL only to drop exceptions.
class FailureLog {
 public:
  /// Records the exception and returns it as an error of this library. Needs the GIL. `code` is for exceptions of no
  /// known kind.
  PythonError record(py::error_already_set& raised, ErrorCode code);
  /// Returns the exception that caused an error, if it was recorded here.
  std::optional<PythonError> behind(const Error& error) const;
  std::optional<PythonError> latest() const;

  void enter();
  void leave() noexcept;

 private:
  mutable std::mutex mutex_;
  std::deque<PythonError> failures_;
  unsigned users_ = 0;
};

/// The logs of all parts of a composed object.
using FailureLogs = std::vector<std::shared_ptr<FailureLog>>;

/// Keeps the logs from being emptied during its lifetime.
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
  /// Raises the Python exception for `error`: the unchanged one of a callback, or else one of this package. Needs the
  /// GIL.
  [[noreturn]] void raise(const Error& error) const;
  /// Runs `call` without the GIL, and passes its errors to raise().
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
/// Returns the exception object of this package for an error. Needs the GIL.
py::object exception_for(const Error& error);
void bind_errors(py::module_& module);

/// Calls into Python on this thread: takes the GIL, and turns an exception into an Error.
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
