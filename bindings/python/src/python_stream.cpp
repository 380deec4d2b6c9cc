#include "python_stream.hpp"

#include <algorithm>

namespace holdfast::python {

namespace {

// The limit of one read: a caller may offer far more space than a Python object should fill at once.
constexpr std::size_t kMaxRead = std::size_t{1} << 20;

/// Calls a method that ends an object, and ignores its exceptions. Calls the first of the methods that exists.
void call_quietly(const PyRef& object, std::initializer_list<const char*> methods) noexcept {
  if (Py_IsInitialized() == 0) return;
  const py::gil_scoped_acquire gil;
  try {
    const auto found = std::find_if(methods.begin(), methods.end(), [&](const char* method) { return py::hasattr(object.get(), method); });
    if (found != methods.end()) object.get().attr (*found)();
  } catch (py::error_already_set& raised) {
    raised.discard_as_unraisable(*methods.begin());
  } catch (const std::exception&) {
  }
}

/// The bytes of a buffer-like object, which must outlive this.
class Buffer {
 public:
  explicit Buffer(const py::object& object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { PyBuffer_Release(&view_); }
  ByteView bytes() const { return {static_cast<const std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)}; }

 private:
  Py_buffer view_{};
};

class PythonReader final : public Reader {
 public:
  PythonReader(PyRef object, std::shared_ptr<FailureLog> failures, ErrorCode code)
      : object_(std::move(object)), failures_(std::move(failures)), code_(code) {}
  PythonReader(const PythonReader&) = delete;
  PythonReader& operator=(const PythonReader&) = delete;
  ~PythonReader() override { call_quietly(object_, {"close"}); }

  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;
    return call_python(*failures_, code_, [&] { return fill(out.first(std::min(out.size(), kMaxRead))); });
  }

 private:
  std::size_t fill(std::span<std::byte> out) const {
    const py::object& object = object_.get();
    py::object data;
    if (py::hasattr(object, "read")) {
      data = object.attr("read")(out.size());
    } else {
      data = py::reinterpret_steal<py::object>(PyByteArray_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(out.size())));
      data = data[py::slice(0, object.attr("readinto")(data).cast<py::ssize_t>(), 1)];
    }
    if (data.is_none()) throw Error(code_, "read() returned None: a non-blocking stream can't be used here");
    const Buffer buffer(data);
    if (buffer.bytes().size() > out.size()) throw Error(code_, "read() returned more bytes than requested");
    std::copy(buffer.bytes().begin(), buffer.bytes().end(), out.begin());
    return buffer.bytes().size();
  }

  PyRef object_;
  std::shared_ptr<FailureLog> failures_;
  ErrorCode code_;
};

class PythonWriter final : public Writer {
 public:
  PythonWriter(PyRef object, std::shared_ptr<FailureLog> failures, ErrorCode code, Invoker invoke)
      : object_(std::move(object)), failures_(std::move(failures)), code_(code), invoke_(std::move(invoke)) {}
  PythonWriter(const PythonWriter&) = delete;
  PythonWriter& operator=(const PythonWriter&) = delete;
  ~PythonWriter() override {
    // For the library's own writers, abort() would mean that the lost bytes were not wanted.
    if (!committed_) call_quietly(object_, {"_give_up", "abort"});
  }

  void write(ByteView data) override {
    while (!data.empty()) {
      std::size_t written = 0;
      invoke([&] { written = write_some(data); });
      data = data.subspan(written);
    }
  }

  void commit() override {
    invoke([&] {
      if (py::hasattr(object_.get(), "commit")) object_.get().attr("commit")();
    });
    committed_ = true;
  }

 private:
  template <class Call>
  void invoke(const Call& call) {
    const auto in_python = [&] { call_python(*failures_, code_, call); };
    if (invoke_) {
      invoke_(in_python);
    } else {
      in_python();
    }
  }

  std::size_t write_some(ByteView data) const {
    const py::object said = object_.get().attr("write")(py::bytes(reinterpret_cast<const char*>(data.data()), data.size()));
    if (said.is_none()) return data.size();  // as many writers do: it accepted all bytes
    const auto written = said.cast<py::ssize_t>();
    if (written <= 0 || static_cast<std::size_t>(written) > data.size()) {
      throw Error(code_, "write() of " + std::to_string(data.size()) + " bytes returned " + std::to_string(written));
    }
    return static_cast<std::size_t>(written);
  }

  PyRef object_;
  std::shared_ptr<FailureLog> failures_;
  ErrorCode code_;
  Invoker invoke_;
  bool committed_ = false;
};

}  // namespace

std::unique_ptr<Reader> python_reader(PyRef object, std::shared_ptr<FailureLog> failures, ErrorCode code) {
  return std::make_unique<PythonReader>(std::move(object), std::move(failures), code);
}

std::unique_ptr<Writer> python_writer(PyRef object, std::shared_ptr<FailureLog> failures, ErrorCode code, Invoker invoke) {
  return std::make_unique<PythonWriter>(std::move(object), std::move(failures), code, std::move(invoke));
}

}  // namespace holdfast::python
