#include <pybind11/stl.h>

#include "convert.hpp"
#include "entry_reader.hpp"
#include "operation.hpp"
#include "python_storage.hpp"

namespace holdfast::python {

namespace {

/// Runs a call on a storage without the GIL. No operation belongs to it: it can't be cancelled, only wait out its storage's deadlines.
template <class Call>
auto unlocked(Call&& call) {
  const FailureScope scope;
  return scope.run_unlocked(call);
}

/// A new object that Python writes.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

  std::size_t write(const py::buffer& data) {
    Py_buffer view;
    if (PyObject_GetBuffer(data.ptr(), &view, PyBUF_C_CONTIGUOUS) != 0) throw py::error_already_set();
    const std::unique_ptr<Py_buffer, void (*)(Py_buffer*)> held(&view, PyBuffer_Release);
    return unlocked([&] {
      const std::lock_guard lock(mutex_);
      open().write({static_cast<const std::byte*>(view.buf), static_cast<std::size_t>(view.len)});
      return static_cast<std::size_t>(view.len);
    });
  }
  void commit() {
    unlocked([&] {
      const std::lock_guard lock(mutex_);
      open().commit();
      writer_.reset();
    });
  }
  void abort() {
    const Released released;
    const std::lock_guard lock(mutex_);
    writer_.reset();
  }

 private:
  Writer& open() const {
    if (!writer_) throw Error(ErrorCode::invalid_state, "the object's writer is closed");
    return *writer_;
  }
  std::mutex mutex_;  // taken without the GIL
  std::unique_ptr<Writer> writer_;
};

bool put_new(const NativeStorage& self, const std::string& name, const py::bytes& data) {
  const std::string_view view = data;
  return unlocked([&] { return self.storage->put_new(name, as_bytes(view)) == PutResult::created; });
}

std::shared_ptr<StreamReader> open_reader(const NativeStorage& self, const std::string& name, std::uint64_t offset,
                                          std::optional<std::uint64_t> length) {
  auto reader =
      unlocked([&] { return self.storage->open_reader(name, offset, length.value_or(std::numeric_limits<std::uint64_t>::max())); });
  return make_unlocked<StreamReader>(std::move(reader), nullptr);
}

py::object stat(const NativeStorage& self, const std::string& name) {
  const std::optional<ObjectInfo> info = unlocked([&] { return self.storage->stat(name); });
  return info ? to_python(*info) : py::object(py::none());
}

py::tuple list(const NativeStorage& self, const std::string& prefix) {
  std::vector<ObjectInfo> found;
  unlocked([&] {
    self.storage->list(prefix, [&](const ObjectInfo& info) {
      found.push_back(info);
      return true;
    });
  });
  return to_tuple(found);
}

NativeStorage open(const std::string& uri, const Options& options, bool create) {
  return {unlocked([&] { return open_storage(uri, options, create ? IfMissing::create : IfMissing::fail); })};
}

}  // namespace

void bind_storage(py::module_& module) {
  py::class_<ObjectWriter, std::shared_ptr<ObjectWriter>>(module, "ObjectWriter")
      .def("write", &ObjectWriter::write, py::arg("data"))
      .def("commit", &ObjectWriter::commit)
      .def("abort", &ObjectWriter::abort);
  py::class_<NativeStorage, std::shared_ptr<NativeStorage>>(module, "NativeStorage")
      .def_property_readonly("uri", [](const NativeStorage& self) { return self.storage->uri(); })
      .def_property_readonly("atomic_create", [](const NativeStorage& self) { return self.storage->caps().atomic_create; })
      .def_property_readonly("durable", [](const NativeStorage& self) { return self.storage->caps().durable; })
      .def("put_new", &put_new, py::arg("name"), py::arg("data"))
      .def(
          "open_writer",
          [](const NativeStorage& self, const std::string& name) {
            return make_unlocked<ObjectWriter>(unlocked([&] { return self.storage->open_writer(name); }));
          },
          py::arg("name"))
      .def("open_reader", &open_reader, py::arg("name"), py::arg("offset"), py::arg("length").none(true))
      .def("stat", &stat, py::arg("name"))
      .def("list", &list, py::arg("prefix"))
      .def(
          "remove", [](const NativeStorage& self, const std::string& name) { unlocked([&] { self.storage->remove(name); }); },
          py::arg("name"));
  module.def("open_storage", &open, py::arg("uri"), py::arg("options"), py::arg("create"));
  module.def("memory_storage", [] { return NativeStorage{memory_storage()}; });
}

}  // namespace holdfast::python
