#include "entry_reader.hpp"

#include "holdfast/error.hpp"
#include "operation.hpp"

namespace holdfast::python {

namespace {

/// A writable buffer, held while C++ fills it without the GIL.
class Room {
 public:
  explicit Room(const py::buffer& out) {
    if (PyObject_GetBuffer(out.ptr(), &view_, PyBUF_WRITABLE) != 0) throw py::error_already_set();
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { PyBuffer_Release(&view_); }
  std::span<std::byte> bytes() const { return {static_cast<std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)}; }

 private:
  Py_buffer view_{};
};

}  // namespace

std::size_t StreamReader::readinto(const py::buffer& out) {
  const Room room(out);
  if (operation_) return operation_->step([&] { return read(room.bytes()); });
  return scope_.run_unlocked([&] { return read(room.bytes()); });
}

// The library's reader must not be called again after its end or an error.
std::size_t StreamReader::read(std::span<std::byte> out) {
  const std::lock_guard lock(mutex_);
  if (ended_ || out.empty()) return 0;
  if (!reader_) throw Error(ErrorCode::invalid_state, "the stream is closed, or failed before");
  try {
    const std::size_t got = reader_->read(out);
    ended_ = got == 0;
    return got;
  } catch (...) {
    reader_.reset();
    throw;
  }
}

void StreamReader::close() {
  const Released released;
  const std::lock_guard lock(mutex_);
  reader_.reset();
  ended_ = false;
}

void bind_entry_reader(py::module_& module) {
  py::class_<StreamReader, std::shared_ptr<StreamReader>>(module, "StreamReader")
      .def("readinto", &StreamReader::readinto, py::arg("buffer"))
      .def("close", &StreamReader::close);
}

}  // namespace holdfast::python
