#include "failure.hpp"

#include <algorithm>

namespace holdfast::python {

namespace {

constexpr std::size_t kKept = 16;

// Returns the kind of failure of a Python exception: see _errors.py.
ErrorCode code_of(const py::object& exception, ErrorCode otherwise) {
  const py::object number = py::module_::import("holdfast._errors").attr("number_of")(exception);
  return number.is_none() ? otherwise : static_cast<ErrorCode>(number.cast<int>());
}

std::string text_of(const py::object& exception) {
  const py::object line = py::module_::import("holdfast._errors").attr("line_of")(exception);
  return line.cast<std::string>();
}

}  // namespace

PythonError FailureLog::record(py::error_already_set& raised, ErrorCode code) {
  py::object exception = raised.value();
  if (raised.trace()) PyException_SetTraceback(exception.ptr(), raised.trace().ptr());
  bool retryable = false;
  std::string text = "an exception that can't be described";
  try {
    code = code_of(exception, code);
    text = text_of(exception);
    retryable = py::bool_(py::getattr(exception, "retryable", py::bool_(false)));
  } catch (py::error_already_set& broken) {  // an exception whose own methods raise
    broken.discard_as_unraisable("holdfast");
  }
  PythonError failure(code, std::move(text), retryable, PyRef(std::move(exception)));
  std::optional<PythonError> oldest;  // destroyed after the lock is released, because that may run Python code
  {
    const std::lock_guard lock(mutex_);
    failures_.push_back(failure);
    if (failures_.size() > kKept) {
      oldest.emplace(std::move(failures_.front()));
      failures_.pop_front();
    }
  }
  return failure;
}

std::optional<PythonError> FailureLog::behind(const Error& error) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(failures_.rbegin(), failures_.rend(), [&](const PythonError& failure) {
    return error.code() == failure.code() && error.message().find(failure.message()) != std::string::npos;
  });
  if (found == failures_.rend()) return std::nullopt;
  return *found;
}

std::optional<PythonError> FailureLog::latest() const {
  const std::lock_guard lock(mutex_);
  if (failures_.empty()) return std::nullopt;
  return failures_.back();
}

void FailureLog::enter() {
  const std::lock_guard lock(mutex_);
  ++users_;
}

void FailureLog::leave() noexcept {
  std::deque<PythonError> dropped;
  const std::lock_guard lock(mutex_);
  if (--users_ == 0) dropped.swap(failures_);
}

void FailureScope::clear() noexcept {
  for (const auto& log : logs_) log->leave();
  logs_.clear();
}

void FailureScope::watch(std::shared_ptr<FailureLog> log) {
  logs_.reserve(logs_.size() + 1);
  log->enter();
  logs_.push_back(std::move(log));
}

void FailureScope::raise(const Error& error) const {
  if (const auto* direct = dynamic_cast<const PythonError*>(&error)) raise_again(*direct);
  std::optional<PythonError> latest;
  for (const auto& log : logs_) {
    if (const auto failure = log->behind(error)) raise_again(*failure);
    if (!latest) latest = log->latest();
  }
  const py::object exception = exception_for(error);
  if (latest) PyException_SetCause(exception.ptr(), py::object(latest->exception().get()).release().ptr());
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw py::error_already_set();
}

void raise_again(const PythonError& failure) {
  const py::object& exception = failure.exception().get();
  PyErr_Restore(py::type::of(exception).release().ptr(), py::object(exception).release().ptr(), PyException_GetTraceback(exception.ptr()));
  throw py::error_already_set();
}

py::object exception_for(const Error& error) {
  return py::module_::import("holdfast._errors").attr("make")(std::string(to_string(error.code())), error.message(), error.retryable());
}

void bind_errors(py::module_&) {
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const PythonError& failure) {
      try {
        raise_again(failure);
      } catch (py::error_already_set& raised) {
        raised.restore();
      }
    } catch (const Error& error) {
      const py::object exception = exception_for(error);
      PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
    } catch (const py::cast_error&) {  // pybind11 would turn it into a RuntimeError
      PyErr_SetString(PyExc_TypeError, "a value has the wrong type");
    }
  });
}

}  // namespace holdfast::python
