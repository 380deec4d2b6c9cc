#include <pybind11/stl.h>

#include "convert.hpp"
#include "holdfast/catalog.hpp"
#include "holdfast/exec.hpp"
#include "holdfast/pipeline_ends.hpp"
#include "holdfast/recovery_key.hpp"
#include "holdfast/retention_times.hpp"
#include "holdfast/sql_text.hpp"
#include "operation.hpp"
#include "python_source.hpp"
#include "python_storage.hpp"
#include "python_stream.hpp"
#include "python_target.hpp"
#include "python_transform.hpp"

namespace holdfast::python {

namespace {

using OperationPtr = std::shared_ptr<Operation>;

std::shared_ptr<Source> source_of(const py::object& given, const Options& options, const OperationPtr& operation) {
  if (!py::isinstance<py::str>(given)) return python_source(given, operation);
  const auto uri = given.cast<std::string>();
  return builtin_drivers().for_uri(uri).open_source(uri, {}, options);
}

std::shared_ptr<Target> target_of(const py::object& given, const Options& options, const OperationPtr& operation) {
  if (!py::isinstance<py::str>(given)) return python_target(given, operation, {operation->failures()});
  const auto uri = given.cast<std::string>();
  return builtin_drivers().for_uri(uri).open_target(uri, options);
}

Storage& watched(Operation& operation, const AnyStorage& storage) {
  operation.watch(storage.failures);
  return *storage.storage;
}

/// Each end is a tuple: its kind, then its values (holdfast/_pipeline.py).
Producer producer_from(const py::tuple& end, const OperationPtr& operation) {
  const auto kind = end[0].cast<std::string>();
  if (kind == "exec") return exec(end[1].cast<std::vector<std::string>>());
  if (kind == "sql") return dump_sql(end[1].cast<std::string>(), end[2].cast<std::string>());
  if (kind == "source") return source_entry(source_of(end[1], end[3].cast<Options>(), operation), end[2].cast<std::string>());
  if (kind == "object") {
    const AnyStorage storage = storage_from(end[1]);
    watched(*operation, storage);
    return object(storage.storage, end[2].cast<std::string>());
  }
  return from(python_reader(PyRef(py::object(end[1])), operation->failures(), ErrorCode::source));
}

Sink sink_from(const py::tuple& end, const OperationPtr& operation) {
  const auto kind = end[0].cast<std::string>();
  if (kind == "exec") return exec_sink(end[1].cast<std::vector<std::string>>());
  if (kind == "target") return target_sink(target_of(end[1], end[2].cast<Options>(), operation));
  if (kind == "object") {
    const AnyStorage storage = storage_from(end[1]);
    watched(*operation, storage);
    return sink(storage.storage, end[2].cast<std::string>());
  }
  const auto on_caller = [operation = operation.get()](const std::function<void()>& call) { operation->on_caller(call); };
  return to(std::shared_ptr<Writer>(python_writer(PyRef(py::object(end[1])), operation->failures(), ErrorCode::target, on_caller)));
}

Pipeline stages_from(Pipeline pipeline, const py::iterable& stages, Operation& operation) {
  for (const py::handle& each : stages) {
    AnyTransform any = transform_from(py::reinterpret_borrow<py::object>(each));
    operation.watch(any.failures);
    pipeline.add(std::move(any.transform));
  }
  return pipeline;
}

py::tuple to_pair(const PipelineReport& report) { return py::make_tuple(report.bytes_in, report.bytes_out); }

py::tuple run_pipeline(const OperationPtr& operation, const py::tuple& source, const py::iterable& stages, const py::tuple& to_end,
                       bool backwards) {
  Pipeline pipeline = stages_from(Pipeline(producer_from(source, operation)), stages, *operation);
  pipeline.to(sink_from(to_end, operation));
  // Python objects that the pipeline holds are released with the GIL, after the run.
  return to_pair(
      operation->run([&] { return backwards ? pipeline.run_backwards(operation->context()) : pipeline.run(operation->context()); }));
}

py::tuple split(const OperationPtr& operation, const py::object& given, const Options& options, const py::iterable& stages,
                const py::object& place, const std::string& prefix) {
  const std::shared_ptr<Source> source = source_of(given, options, operation);
  const Pipeline pipeline = stages_from(Pipeline(), stages, *operation);
  const AnyStorage storage = storage_from(place);
  watched(*operation, storage);
  return to_pair(operation->run([&] { return split_source(*source, pipeline, storage.storage, prefix, operation->context()); }));
}

std::string load(const OperationPtr& operation, const std::string& uri, py::object file) {
  const auto reader = python_reader(PyRef(std::move(file)), operation->failures(), ErrorCode::source);
  return to_json(operation->run([&] { return load_sql(uri, *reader, operation->context()); }));
}

std::string query(Operation& operation, const std::string& uri, const std::string& sql) {
  return to_json(operation.run([&] { return query_sql(uri, sql, operation.context()); }));
}

py::object plan_times(const std::vector<std::int64_t>& times, const py::handle& policy, const py::handle& now) {
  std::vector<TimePoint> made;
  for (const std::int64_t time : times) made.emplace_back(std::chrono::microseconds(time));
  py::list found;
  for (const RetentionDecision& decision :
       plan_retention(std::span<const TimePoint>(made), policy_from(policy), time_from(now)).decisions) {
    found.append(
        py::make_tuple(std::stoull(decision.backup.id), decision.action == RetentionAction::keep, py::tuple(py::cast(decision.reasons))));
  }
  return found;
}

std::string new_recovery_key() {
  const RecoveryKey made = make_recovery_key(system_random());
  const ByteView text = made.text.bytes();
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

py::bytes recovery_key(const std::string& text) {
  const Key key = read_recovery_key(text);
  const ByteView bytes = key.secret.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void bind_pipeline(py::module_& module) {
  module.def("run_pipeline", &run_pipeline, py::arg("operation"), py::arg("source"), py::arg("stages"), py::arg("sink"),
             py::arg("backwards"));
  module.def("split_source", &split, py::arg("operation"), py::arg("source"), py::arg("options"), py::arg("stages"), py::arg("storage"),
             py::arg("prefix"));
  module.def("load_sql", &load, py::arg("operation"), py::arg("uri"), py::arg("file"));
  module.def("query_sql", &query, py::arg("operation"), py::arg("uri"), py::arg("sql"));
  module.def("plan_times", &plan_times, py::arg("times"), py::arg("policy"), py::arg("now"));
  module.def("new_recovery_key", &new_recovery_key);
  module.def("recovery_key", &recovery_key, py::arg("text"));
  module.def("catalog", [] { return to_json(Catalog()); });
}

}  // namespace holdfast::python
