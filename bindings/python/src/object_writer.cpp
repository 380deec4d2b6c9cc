#include "object_writer.hpp"

#include "holdfast/error.hpp"

namespace holdfast::python {

std::size_t ObjectWriter::write(const py::buffer& data) {
  Py_buffer view;
  if (PyObject_GetBuffer(data.ptr(), &view, PyBUF_C_CONTIGUOUS) != 0) throw py::error_already_set();
  const std::unique_ptr<Py_buffer, void (*)(Py_buffer*)> held(&view, PyBuffer_Release);
  return scope_.run_unlocked([&] {
    const std::lock_guard lock(mutex_);
    open().write({static_cast<const std::byte*>(view.buf), static_cast<std::size_t>(view.len)});
    return static_cast<std::size_t>(view.len);
  });
}

void ObjectWriter::commit() {
  scope_.run_unlocked([&] {
    const std::lock_guard lock(mutex_);
    open().commit();
    writer_.reset();
  });
}

void ObjectWriter::abort() {
  const Released released;
  const std::lock_guard lock(mutex_);
  writer_.reset();
}

Writer& ObjectWriter::open() const {
  if (!writer_) throw Error(ErrorCode::invalid_state, "the object's writer is closed");
  return *writer_;
}

void bind_object_writer(py::module_& module) {
  py::class_<ObjectWriter, std::shared_ptr<ObjectWriter>>(module, "ObjectWriter")
      .def("write", &ObjectWriter::write, py::arg("data"))
      .def("commit", &ObjectWriter::commit)
      .def("abort", &ObjectWriter::abort);
}

}  // namespace holdfast::python
