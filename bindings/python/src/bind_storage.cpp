#include <pybind11/stl.h>

#include "convert.hpp"
#include "entry_reader.hpp"
#include "holdfast/locks.hpp"
#include "object_writer.hpp"
#include "operation.hpp"
#include "python_storage.hpp"

namespace holdfast::python {

namespace {

/// Runs a call on a storage without the GIL. It belongs to no operation, so it can't be cancelled and ends only by the
/// storage's deadlines.
template <class Call>
auto unlocked(const FailureLogs& failures, Call&& call) {
  const FailureScope scope(failures);
  return scope.run_unlocked(call);
}

bool put_new(const NativeStorage& self, const std::string& name, const py::bytes& data) {
  const std::string_view view = data;
  return unlocked(self.failures, [&] { return self.storage->put_new(name, as_bytes(view)) == PutResult::created; });
}

std::shared_ptr<StreamReader> open_reader(const NativeStorage& self, const std::string& name, std::uint64_t offset,
                                          std::optional<std::uint64_t> length) {
  const std::uint64_t most = length.value_or(std::numeric_limits<std::uint64_t>::max());
  auto reader = unlocked(self.failures, [&] { return self.storage->open_reader(name, offset, most); });
  return make_unlocked<StreamReader>(std::move(reader), self.failures);
}

py::object stat(const NativeStorage& self, const std::string& name) {
  const std::optional<ObjectInfo> info = unlocked(self.failures, [&] { return self.storage->stat(name); });
  return info ? to_python(*info) : py::object(py::none());
}

py::tuple list(const NativeStorage& self, const std::string& prefix) {
  std::vector<ObjectInfo> found;
  unlocked(self.failures, [&] {
    self.storage->list(prefix, [&](const ObjectInfo& info) {
      found.push_back(info);
      return true;
    });
  });
  return to_tuple(found);
}

/// Returns microseconds since 1970, because a permanent lock ends later than any datetime.
std::optional<std::int64_t> locked_until(const NativeStorage& self, const std::string& name) {
  const auto until = unlocked(self.failures, [&] { return holdfast::locked_until(*self.storage, name); });
  return until ? std::optional(until->time_since_epoch().count()) : std::nullopt;
}

NativeStorage open_by_uri(const std::string& uri, const Options& options, bool create) {
  return {{unlocked({}, [&] { return open_storage(uri, options, create ? IfMissing::create : IfMissing::fail); }), {}}};
}

}  // namespace

void bind_storage(py::module_& module) {
  py::class_<NativeStorage, std::shared_ptr<NativeStorage>>(module, "NativeStorage")
      .def_property_readonly("uri", [](const NativeStorage& self) { return self.storage->uri(); })
      .def_property_readonly("atomic_create", [](const NativeStorage& self) { return self.storage->caps().atomic_create; })
      .def_property_readonly("durable", [](const NativeStorage& self) { return self.storage->caps().durable; })
      .def("put_new", &put_new, py::arg("name"), py::arg("data"))
      .def(
          "open_writer",
          [](const NativeStorage& self, const std::string& name) {
            return make_unlocked<ObjectWriter>(unlocked(self.failures, [&] { return self.storage->open_writer(name); }), self.failures);
          },
          py::arg("name"))
      .def("open_reader", &open_reader, py::arg("name"), py::arg("offset"), py::arg("length").none(true))
      .def("stat", &stat, py::arg("name"))
      .def("list", &list, py::arg("prefix"))
      .def(
          "remove",
          [](const NativeStorage& self, const std::string& name) { unlocked(self.failures, [&] { self.storage->remove(name); }); },
          py::arg("name"))
      .def_property_readonly(
          "locks", [](const NativeStorage& self) { return unlocked(self.failures, [&] { return locks_objects(*self.storage); }); })
      .def("locked_until", &locked_until, py::arg("name"))
      .def(
          "renew_lock",
          [](const NativeStorage& self, const std::string& name) { unlocked(self.failures, [&] { renew_lock(*self.storage, name); }); },
          py::arg("name"));
  module.def("open_storage", &open_by_uri, py::arg("uri"), py::arg("options"), py::arg("create"));
  module.def("memory_storage", [] { return NativeStorage{{memory_storage(), {}}}; });
}

}  // namespace holdfast::python
