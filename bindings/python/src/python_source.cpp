#include "python_source.hpp"

#include "convert.hpp"
#include "entry_writer.hpp"

namespace holdfast::python {

namespace {

class PythonSource final : public Source {
 public:
  PythonSource(py::object object, std::shared_ptr<Operation> operation) : object_(std::move(object)), operation_(std::move(operation)) {}

  SourceInfo describe(Context&) override {
    SourceInfo info;
    call([&] { info = source_from(helpers().attr("describe")(object_.get())); });
    return info;
  }

  void backup(BackupWriter& out, Context&) override {
    const auto writer = std::make_shared<SourceWriter>(operation_, out);
    try {
      call([&] { helpers().attr("backup")(object_.get(), writer); });
    } catch (...) {
      writer->end();
      throw;
    }
    writer->end();
  }

 private:
  static py::object helpers() { return py::module_::import("holdfast._source"); }

  template <class Call>
  void call(const Call& call) {
    operation_->on_caller([&] { call_python(*operation_->failures(), ErrorCode::source, call); });
  }

  PyRef object_;
  std::shared_ptr<Operation> operation_;
};

}  // namespace

std::unique_ptr<Source> python_source(py::object object, std::shared_ptr<Operation> operation) {
  return std::make_unique<PythonSource>(std::move(object), std::move(operation));
}

}  // namespace holdfast::python
