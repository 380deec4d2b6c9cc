#include <pybind11/stl.h>

#include "convert.hpp"
#include "entry_reader.hpp"
#include "entry_writer.hpp"
#include "failure.hpp"
#include "holdfast/version.hpp"
#include "jobs.hpp"
#include "notify.hpp"
#include "object_writer.hpp"
#include "operation.hpp"
#include "option_specs.hpp"
#include "pipeline.hpp"
#include "python_storage.hpp"
#include "python_target.hpp"
#include "python_transform.hpp"
#include "repository_handle.hpp"
#include "schedules.hpp"

namespace holdfast::python {

namespace {

py::list drivers() {
  const DriverRegistry registry = builtin_drivers();
  py::list found;
  for (const auto& driver : registry.all()) {
    std::vector<std::string> formats;
    for (const ExportFormat& format : driver->export_formats()) formats.push_back(format.name);
    const DriverAbilities can = driver->abilities();
    found.append(py::make_tuple(std::string(driver->name()), driver->schemes(), to_tuple(driver->options()),
                                py::tuple(py::cast(driver->counts())), py::tuple(py::cast(formats)), can.consistent, can.selection,
                                to_string(can.proof)));
  }
  return found;
}

py::list storages() {
  py::list found;
  for (const StorageKind& kind : storage_kinds()) found.append(py::make_tuple(kind.scheme, kind.form, to_tuple(kind.options)));
  return found;
}

py::tuple diagnose(Operation& operation, const std::string& driver, const std::string& uri, const Options& options) {
  const DriverRegistry registry = builtin_drivers();
  const Driver& found = uri.empty() ? registry.named(driver) : registry.for_uri(uri);
  return to_tuple(operation.run([&] { return found.diagnose(uri, options, operation.context()); }));
}

py::object plan(const py::iterable& backups, const py::handle& policy, const py::handle& now) {
  std::vector<BackupInfo> infos;
  for (const py::handle& backup : backups) infos.push_back(backup_from(backup));
  return to_python(plan_retention(infos, policy_from(policy), time_from(now)));
}

void bind(py::module_& module) {
  py::options options;
  options.disable_function_signatures();
  module.doc() = "The library's calls. Not for users: import holdfast.";
  module.attr("__version__") = holdfast::version();
  bind_errors(module);
  bind_operation(module);
  bind_entry_reader(module);
  bind_entry_writer(module);
  bind_object_writer(module);
  bind_storage(module);
  bind_composed_storage(module);
  bind_transform(module);
  bind_pipeline(module);
  bind_view_reader(module);
  bind_session(module);
  bind_repository(module);
  bind_schedules(module);
  bind_notify(module);
  bind_jobs(module);
  bind_audit(module);
  bind_envelope(module);
  module.def("drivers", &drivers);
  module.def("parsed_options", &parsed_options, py::arg("driver"), py::arg("call"), py::arg("given"));
  module.def("storages", &storages);
  module.def("diagnose", &diagnose, py::arg("operation"), py::arg("driver"), py::arg("uri"), py::arg("options"));
  module.def("plan_retention", &plan, py::arg("backups"), py::arg("policy"), py::arg("now"));
}

}  // namespace

}  // namespace holdfast::python

// Not PYBIND11_MODULE: in any but the first interpreter, that waits forever before it runs any code of ours.
extern "C" PYBIND11_EXPORT PyObject* PyInit__core() {
  try {
    holdfast::python::require_main_interpreter();
    pybind11::detail::get_internals();
    static pybind11::module_::module_def definition;
    auto module = pybind11::module_::create_extension_module("_core", nullptr, &definition);
    holdfast::python::bind(module);
    return module.ptr();
  } catch (pybind11::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_ImportError, error.what());
  }
  return nullptr;
}
