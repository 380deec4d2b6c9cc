#include "python_driver.hpp"

#include <pybind11/stl.h>

#include "convert.hpp"
#include "option_specs.hpp"
#include "python_target.hpp"

namespace holdfast::python {

namespace {

/// Proves its backups. The Python layer opens its sources and targets, which belong to the caller's thread.
class PythonDriver final : public Driver {
 public:
  explicit PythonDriver(py::object object, std::shared_ptr<FailureLog> failures)
      : name_(object.attr("name").cast<std::string>()),
        specs_(option_specs_of(object)),
        object_(std::move(object)),
        failures_(std::move(failures)) {}

  std::string_view name() const noexcept override { return name_; }
  std::vector<std::string> schemes() const override { return {}; }
  std::vector<OptionSpec> options() const override { return specs_; }
  DriverAbilities abilities() const override { return {.consistent = true, .selection = false, .proof = ProofLevel::content_equal}; }
  void check_options(DriverCall call, const Options& given) const override {
    if (!specs_.empty()) parsed(call, given);  // without declared options, the driver's own methods check them
  }
  std::unique_ptr<Source> open_source(const std::string&, const Selection&, const Options&) const override { elsewhere(); }
  std::unique_ptr<Target> open_target(const std::string&, const Options&) const override { elsewhere(); }

  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context&) const override {
    if (options.untrusted) throw Error(ErrorCode::unsupported, "driver " + name_ + " does not support the option untrusted");
    const auto source = static_cast<std::size_t>(&backup.source() - backup.manifest().sources.data());
    return call_python(*failures_, ErrorCode::target, [&] {
      const py::object reader = py::cast(std::make_shared<ViewReader>(ViewReader{backup, {failures_}}));
      return proof_from(py::module_::import("holdfast._driver")
                            .attr("prove")(object_.get(), reader, python::to_python(backup.manifest()), source, options.target,
                                           options.restored, options.queries, options.driver));
    });
  }

  void export_to(const BackupView&, const ExportOptions&, Writer&, Context&) const override { elsewhere(); }
  std::vector<Finding> diagnose(const std::string&, const Options& options, Context&) const override {
    check_options(DriverCall::doctor, options);
    return {{Finding::State::ok, name_, "a driver written in Python"}};
  }

 private:
  [[noreturn]] void elsewhere() const {
    throw Error(ErrorCode::unsupported, "driver " + name_ + " is written in Python and can't do this: restore through its target");
  }

  std::string name_;
  std::vector<OptionSpec> specs_;
  PyRef object_;
  std::shared_ptr<FailureLog> failures_;
};

}  // namespace

DriverRegistry registry_with(const py::iterable& drivers, FailureLogs& failures) {
  DriverRegistry registry = builtin_drivers();
  for (const py::handle& driver : drivers) {
    auto log = std::make_shared<FailureLog>();
    registry.add(std::make_shared<const PythonDriver>(py::reinterpret_borrow<py::object>(driver), log));
    failures.push_back(std::move(log));
  }
  return registry;
}

}  // namespace holdfast::python
