#include "python_target.hpp"

#include "convert.hpp"

namespace holdfast::python {

namespace {

class CountedReader final : public Reader {
 public:
  CountedReader(std::unique_ptr<Reader> inner, const Context& context) : inner_(std::move(inner)), context_(context) {}
  std::size_t read(std::span<std::byte> out) override {
    context_.check();
    const std::size_t got = inner_->read(out);
    context_.add_progress(got, 0);
    return got;
  }

 private:
  std::unique_ptr<Reader> inner_;
  const Context& context_;
};

std::uint64_t plain_bytes(const BackupView& backup) {
  std::uint64_t bytes = 0;
  for (const EntryRecord* entry : backup.entries()) bytes += entry->plain_bytes;
  return bytes;
}

class PythonTarget final : public Target {
 public:
  PythonTarget(py::object object, std::shared_ptr<Operation> operation, FailureLogs failures)
      : object_(std::move(object)), operation_(std::move(operation)), failures_(std::move(failures)) {}

  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    if (!options.selection.empty())
      throw Error(ErrorCode::unsupported, "a target written in Python takes whole sources: leave out include and exclude");
    if (!options.owner) throw Error(ErrorCode::unsupported, "a target written in Python does not support owners: leave out owner");
    refuse_role_options(options);
    if (options.untrusted) throw Error(ErrorCode::unsupported, "a target written in Python does not support untrusted: leave it out");
    if (options.resume) throw Error(ErrorCode::unsupported, "a target written in Python does not support resume: leave it out");
    context.check();
    context.expect_bytes(plain_bytes(backup));
    call("preflight", backup, [](const py::object&) {});
  }

  RestoreReport restore(const BackupView& backup, const RestoreOptions&, Context&) override {
    RestoreReport report;
    call("restore", backup, [&report](const py::object& said) { report = restore_report_from(said); });
    return report;
  }

 private:
  template <class Take>
  void call(const char* function, const BackupView& backup, const Take& take) {
    const auto source = static_cast<std::size_t>(&backup.source() - backup.manifest().sources.data());
    operation_->on_caller([&] {
      call_python(*operation_->failures(), ErrorCode::target, [&] {
        const py::object reader = py::cast(std::make_shared<ViewReader>(ViewReader{backup, failures_, operation_}));
        take(py::module_::import("holdfast._target").attr(function)(object_.get(), reader, python::to_python(backup.manifest()), source));
      });
    });
  }

  PyRef object_;
  std::shared_ptr<Operation> operation_;
  FailureLogs failures_;
};

}  // namespace

std::shared_ptr<StreamReader> ViewReader::open(const std::string& name) const {
  const EntryRecord* entry = view.find(name);
  if (entry == nullptr) throw Error(ErrorCode::not_found, "source " + view.source().name + " has no entry '" + name + "'");
  const FailureScope scope(failures);
  auto reader = scope.run_unlocked([&] { return view.open(*entry); });
  if (operation) reader = std::make_unique<CountedReader>(std::move(reader), operation->context());
  return make_unlocked<StreamReader>(std::move(reader), failures, operation);
}

std::unique_ptr<Target> python_target(py::object object, std::shared_ptr<Operation> operation, FailureLogs failures) {
  return std::make_unique<PythonTarget>(std::move(object), std::move(operation), std::move(failures));
}

void bind_view_reader(py::module_& module) {
  py::class_<ViewReader, std::shared_ptr<ViewReader>>(module, "ViewReader")
      .def("open", &ViewReader::open, py::arg("name"))
      .def_property_readonly("cancelled", &ViewReader::cancelled);
}

}  // namespace holdfast::python
