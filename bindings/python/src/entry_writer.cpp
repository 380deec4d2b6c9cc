#include "entry_writer.hpp"

#include <pybind11/stl.h>

#include "convert.hpp"

namespace holdfast::python {

namespace {

/// A buffer's bytes, held while C++ reads them without the GIL.
class HeldBuffer {
 public:
  explicit HeldBuffer(const py::buffer& data) {
    if (PyObject_GetBuffer(data.ptr(), &view_, PyBUF_C_CONTIGUOUS) != 0) throw py::error_already_set();
  }
  HeldBuffer(const HeldBuffer&) = delete;
  HeldBuffer& operator=(const HeldBuffer&) = delete;
  ~HeldBuffer() { PyBuffer_Release(&view_); }
  ByteView bytes() const { return {static_cast<const std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)}; }

 private:
  Py_buffer view_{};
};

}  // namespace

EntryWriter& PythonEntry::writer() const {
  if (!writer_ || given_up_) throw Error(ErrorCode::invalid_state, "entry '" + name_ + "' is closed");
  return *writer_;
}

std::size_t PythonEntry::write(const py::buffer& data) {
  const HeldBuffer held(data);
  return operation_->step([&] {
    const std::lock_guard lock(mutex_);
    EntryWriter& to = writer();
    operation_->context().check();
    to.write(held.bytes());
    return held.bytes().size();
  });
}

void PythonEntry::note(const std::string& key, std::string value) {
  operation_->step([&] {
    const std::lock_guard lock(mutex_);
    writer().note(key, std::move(value));
  });
}

void PythonEntry::commit() {
  operation_->step([&] {
    const std::lock_guard lock(mutex_);
    writer().commit();
    writer_.reset();
  });
}

void PythonEntry::abort() {
  const Released released;
  const std::lock_guard lock(mutex_);
  if (writer_) writer_->abort();
  writer_.reset();
}

void PythonEntry::give_up() {
  const Released released;
  const std::lock_guard lock(mutex_);
  given_up_ = true;
}

bool PythonEntry::closed() {
  const Released released;
  const std::lock_guard lock(mutex_);
  return writer_ == nullptr || given_up_;
}

void PythonEntry::drop() {
  const std::lock_guard lock(mutex_);
  writer_.reset();
}

BackupWriter& SourceWriter::out() const {
  if (out_ == nullptr) throw Error(ErrorCode::invalid_state, "this backup has ended: nothing can be added to it");
  return *out_;
}

std::shared_ptr<PythonEntry> SourceWriter::open(EntryInfo info) {
  return operation_->step([&] {
    const std::lock_guard lock(mutex_);
    BackupWriter& to = out();
    operation_->context().check();
    std::string name = info.name;
    auto entry = make_unlocked<PythonEntry>(operation_, to.open(std::move(info)), std::move(name));
    std::erase_if(entries_, [](const auto& known) { return known.expired(); });
    entries_.push_back(entry);
    return entry;
  });
}

void SourceWriter::note(const std::string& key, std::string value) {
  operation_->step([&] {
    const std::lock_guard lock(mutex_);
    out().note(key, std::move(value));
  });
}

void SourceWriter::set_instant(const py::handle& moment) {
  const TimePoint instant = time_from(moment);
  operation_->step([&] {
    const std::lock_guard lock(mutex_);
    out().set_instant(instant);
  });
}

bool SourceWriter::encrypted() {
  return operation_->step([&] {
    const std::lock_guard lock(mutex_);
    return out().encrypted();
  });
}

void SourceWriter::end() {
  const std::lock_guard lock(mutex_);
  out_ = nullptr;
  for (const auto& known : entries_) {
    if (const auto entry = known.lock()) entry->drop();
  }
  entries_.clear();
}

void bind_entry_writer(py::module_& module) {
  py::class_<PythonEntry, std::shared_ptr<PythonEntry>>(module, "EntryWriter")
      .def("write", &PythonEntry::write, py::arg("data"))
      .def("note", &PythonEntry::note, py::arg("key"), py::arg("value"))
      .def("commit", &PythonEntry::commit)
      .def("abort", &PythonEntry::abort)
      .def("give_up", &PythonEntry::give_up)
      .def_property_readonly("closed", &PythonEntry::closed);
  py::class_<SourceWriter, std::shared_ptr<SourceWriter>>(module, "SourceWriter")
      .def(
          "open",
          [](SourceWriter& writer, std::string name, std::string kind, Notes attributes, std::string restore_with, int restore_order) {
            return writer.open({.name = std::move(name),
                                .kind = std::move(kind),
                                .attributes = std::move(attributes),
                                .restore_with = std::move(restore_with),
                                .restore_order = restore_order});
          },
          py::arg("name"), py::arg("kind"), py::arg("attributes"), py::arg("restore_with"), py::arg("restore_order"))
      .def("note", &SourceWriter::note, py::arg("key"), py::arg("value"))
      .def("set_instant", &SourceWriter::set_instant, py::arg("instant"))
      .def_property_readonly("encrypted", &SourceWriter::encrypted)
      .def_property_readonly("cancelled", &SourceWriter::cancelled);
}

}  // namespace holdfast::python
