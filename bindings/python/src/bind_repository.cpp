#include <pybind11/stl.h>

#include "convert.hpp"
#include "entry_reader.hpp"
#include "holdfast/alert_notices.hpp"
#include "holdfast/anchor.hpp"
#include "holdfast/host.hpp"
#include "holdfast/metrics.hpp"
#include "holdfast/replication.hpp"
#include "holdfast/report.hpp"
#include "notify.hpp"
#include "python_driver.hpp"
#include "python_source.hpp"
#include "python_storage.hpp"
#include "python_stream.hpp"
#include "python_target.hpp"
#include "python_transform.hpp"
#include "repository_handle.hpp"

namespace holdfast::python {

namespace {

using HandlePtr = std::shared_ptr<RepositoryHandle>;

/// Opens the place of a repository: the URI of a storage, or a storage itself.
AnyStorage storage_at(Operation& operation, const py::object& place, const Options& options, IfMissing if_missing) {
  if (!py::isinstance<py::str>(place)) return storage_from(place);
  const auto uri = place.cast<std::string>();
  return {operation.run([&] { return open_storage(uri, options, if_missing); }), {}};
}

HandlePtr create(Operation& operation, const py::object& place, const py::object& password, const py::object& raw_key, bool encrypted,
                 const std::string& layout, const Options& storage_options, const py::iterable& drivers, const py::iterable& transforms) {
  CreateOptions options;
  options.key = key_from(password, raw_key);
  options.encryption = encrypted ? Encryption::required : Encryption::none;
  options.layout = layout_from(layout);
  AnyStorage any = storage_at(operation, place, storage_options, IfMissing::create);
  const DriverRegistry registry = registry_with(drivers, any.failures);
  options.transforms = transforms_from(transforms, any.failures);
  operation.watch(any.failures);
  return make_unlocked<RepositoryHandle>(
      operation.run([&] { return create_repository(any.storage, options, operation.context(), registry); }), any.failures);
}

HandlePtr open(Operation& operation, const py::object& place, const py::object& password, const py::object& raw_key,
               const Options& storage_options, const py::iterable& drivers, const py::iterable& transforms) {
  OpenOptions options;
  options.key = key_from(password, raw_key);
  AnyStorage any = storage_at(operation, place, storage_options, IfMissing::fail);
  options.drivers = registry_with(drivers, any.failures);
  options.transforms = transforms_from(transforms, any.failures);
  operation.watch(any.failures);
  return make_unlocked<RepositoryHandle>(operation.run([&] { return open_repository(any.storage, options, operation.context()); }),
                                         any.failures);
}

/// When the newest run of a series was due, and when the next one begins, in microseconds since 1970.
using Times = std::map<std::string, std::int64_t>;

py::tuple overview(const RepositoryHandle& self, Operation& operation, bool measure, const Times& due, const Times& next_runs,
                   const std::vector<std::string>& told) {
  Facts facts = self.run(operation, [&](Repository& r, Context& c) { return gather_facts(r, {.measure = measure}, c); });
  for (const auto& [series, time] : due) facts.schedules[series].due = TimePoint(std::chrono::microseconds(time));
  for (const auto& [series, time] : next_runs) facts.schedules[series].next_run = TimePoint(std::chrono::microseconds(time));
  const Status status = status_of(facts);
  const AlertChanges changes = alert_notices(status.alerts, told, status.time);
  return py::make_tuple(to_json(status), status_page(status), metrics_text(status), to_tuple(status.history),
                        python_notices(changes.notices), py::tuple(py::cast(changes.told)));
}

/// Drivers open URIs. Other objects are sources themselves, which accept neither a selection nor options.
py::object backup(const RepositoryHandle& self, const OperationPtr& operation, const py::list& given, const py::dict& settings) {
  BackupOptions options = backup_options_from(settings);
  std::vector<std::unique_ptr<Source>> sources;
  for (const py::handle& source : given) {
    if (py::isinstance<py::str>(source)) {
      const auto uri = source.cast<std::string>();
      sources.push_back(self.get()->drivers().for_uri(uri).open_source(uri, options.selection, options.driver));
    } else {
      sources.push_back(python_source(py::reinterpret_borrow<py::object>(source), operation));
    }
  }
  std::vector<Source*> borrowed;
  for (const auto& source : sources) borrowed.push_back(source.get());
  options.selection = {};
  options.driver.clear();
  return to_python(self.run(
      *operation, [&](Repository& repository, Context& context) { return backup_sources(repository, borrowed, options, context); }));
}

std::shared_ptr<Session> begin(const RepositoryHandle& self, const OperationPtr& operation, const py::dict& settings) {
  const BackupOptions options = backup_options_from(settings);
  operation->keep_heard();
  auto session = self.run(*operation, [&](Repository& repository, Context& context) { return repository.begin(options, context); });
  return make_unlocked<Session>(self.get(), operation, std::move(session));
}

std::shared_ptr<StreamReader> open_entry(const RepositoryHandle& self, Operation& operation, const std::string& id, std::uint32_t source,
                                         const std::string& name) {
  auto reader = self.run(operation, [&](Repository& repository, Context& context) {
    const BackupView view = repository.view(id, source, context);
    const EntryRecord* entry = view.find(name);
    if (entry == nullptr)
      throw Error(ErrorCode::not_found, "backup " + id + " has no entry '" + name + "' in its source " + view.source().name);
    return view.open(*entry);
  });
  return make_unlocked<StreamReader>(std::move(reader), self.failures());
}

py::object verify(const RepositoryHandle& self, Operation& operation, const std::string& id, const std::string& level, std::string source,
                  std::string target, std::string restored, std::vector<std::string> queries, bool untrusted, const py::object& mask,
                  const py::object& mask_key, Options driver) {
  const VerifyOptions options{.level = verify_level_from(level),
                              .source = std::move(source),
                              .target = std::move(target),
                              .restored = std::move(restored),
                              .queries = std::move(queries),
                              .untrusted = untrusted,
                              .mask = mask_from(mask, mask_key),
                              .driver = std::move(driver)};
  return to_python(self.run(operation, [&](Repository& repository, Context& context) { return repository.verify(id, options, context); }));
}

py::tuple verify_all(const RepositoryHandle& self, Operation& operation, const std::string& level) {
  const VerifyLevel wanted = verify_level_from(level);
  return to_tuple(self.run(operation, [&](Repository& repository, Context& context) { return repository.verify_all(wanted, context); }));
}

/// A driver opens a URI, and also finds its source unless that is given. Another object is the target itself; then the
/// first source is the default.
py::object restore(const RepositoryHandle& self, const OperationPtr& operation, const std::string& id, const py::object& target,
                   const py::dict& settings) {
  RestoreOptions options = restore_options_from(settings);
  const bool by_uri = py::isinstance<py::str>(target);
  const std::string uri = by_uri ? target.cast<std::string>() : "";
  std::unique_ptr<Target> opened;
  if (!by_uri) opened = python_target(target, operation, self.failures());
  return to_python(self.run(*operation, [&](Repository& repository, Context& context) {
    if (by_uri) return repository.restore(id, uri, options, context);
    const std::string source = std::exchange(options.source, {});
    const std::uint32_t index = source.empty() ? 0 : source_index(repository.manifest(id, context)->sources, source);
    return restore_into(repository, id, index, *opened, options, context);
  }));
}

void export_to(const RepositoryHandle& self, const OperationPtr& operation, const std::string& id, std::uint32_t source,
               const std::string& format, std::vector<std::string> include, std::vector<std::string> exclude, const py::object& mask,
               const py::object& mask_key, Options driver, py::object out) {
  const ExportOptions options{.format = format,
                              .selection = selection_from(std::move(include), std::move(exclude)),
                              .mask = mask_from(mask, mask_key),
                              .driver = std::move(driver)};
  const auto on_caller = [&](const std::function<void()>& call) { operation->on_caller(call); };
  const auto writer = python_writer(PyRef(std::move(out)), operation->failures(), ErrorCode::target, on_caller);
  self.run(*operation, [&](Repository& repository, Context& context) { repository.export_to(id, source, options, *writer, context); });
}

py::tuple check_mask(const RepositoryHandle& self, Operation& operation, const std::string& id, std::uint32_t source,
                     const py::object& mask, const py::object& mask_key, bool strict) {
  MaskOptions options = mask_from(mask, mask_key).value();
  options.strict = strict;
  const MaskCheck check =
      self.run(operation, [&](Repository& repository, Context& context) { return repository.check_mask(id, source, options, context); });
  return to_python(check.faults);
}

std::string suggest_mask(const RepositoryHandle& self, Operation& operation, const std::string& id, std::uint32_t source) {
  return self.run(operation, [&](Repository& repository, Context& context) { return repository.suggest_mask(id, source, context); });
}

py::object copy(const RepositoryHandle& self, Operation& operation, const std::string& id, const RepositoryHandle& destination,
                const py::dict& settings) {
  const BackupOptions options = backup_options_from(settings);
  const std::shared_ptr<Repository> other = destination.get();
  operation.watch(destination.failures());
  return to_python(
      self.run(operation, [&](Repository& repository, Context& context) { return repository.copy_to(id, *other, options, context); }));
}

py::object replicate_to(const RepositoryHandle& self, Operation& operation, const RepositoryHandle& destination, std::int64_t every_seconds,
                        const std::optional<std::string>& verify) {
  ReplicationOptions options{.every = std::chrono::seconds(every_seconds), .verify = {}, .on_begin = {}, .on_end = {}};
  if (verify) options.verify = verify_level_from(*verify);
  const std::shared_ptr<Repository> other = destination.get();
  operation.watch(destination.failures());
  return to_python(
      self.run(operation, [&](Repository& repository, Context& context) { return replicate(repository, *other, options, context); }));
}

py::object collect_garbage(const RepositoryHandle& self, Operation& operation, std::int64_t grace_seconds, bool dry_run) {
  const GarbageOptions options{.grace = std::chrono::seconds(grace_seconds), .dry_run = dry_run};
  return to_python(
      self.run(operation, [&](Repository& repository, Context& context) { return repository.collect_garbage(options, context); }));
}

std::string add_key(const RepositoryHandle& self, Operation& operation, const py::object& password, const py::object& raw_key) {
  const std::optional<Key> key = key_from(password, raw_key);
  if (!key) throw Error(ErrorCode::invalid_argument, "no key to add: give a password or a raw key");
  return self.run(operation, [&](Repository& repository, Context& context) { return repository.add_key(*key, context); });
}

/// Binds a call that takes an id and returns nothing.
template <class Call>
auto by_id(Call call) {
  return [call](const RepositoryHandle& self, Operation& operation, const std::string& id) {
    self.run(operation, [&](Repository& repository, Context& context) { call(repository, id, context); });
  };
}

/// Binds a call whose result is a value.
template <class Call>
auto value(Call call) {
  return [call](const RepositoryHandle& self, Operation& operation, const std::string& argument) {
    return to_python(self.run(operation, [&](Repository& repository, Context& context) { return call(repository, argument, context); }));
  };
}

template <class Call>
auto plan(Call call) {
  return [call](const RepositoryHandle& self, Operation& operation, const py::handle& given) {
    const RetentionPolicy policy = policy_from(given);
    return to_python(self.run(operation, [&](Repository& repository, Context& context) { return call(repository, policy, context); }));
  };
}

}  // namespace

void bind_repository(py::module_& module) {
  using Id = const std::string&;
  py::class_<RepositoryHandle, HandlePtr>(module, "Repository")
      .def("info",
           [](const RepositoryHandle& self) {
             const auto repository = self.get();
             const FailureScope scope(self.failures());
             return to_python(scope.run_unlocked([&] { return repository->info(); }));
           })
      .def("close", &RepositoryHandle::close)
      .def_property_readonly("closed", &RepositoryHandle::closed)
      .def(
          "backups",
          [](const RepositoryHandle& self, Operation& operation) {
            return to_tuple(self.run(operation, [](Repository& repository, Context& context) { return repository.list(context); }));
          },
          py::arg("operation"))
      .def("find", value([](Repository& r, Id name, Context& c) { return r.find(name, c); }), py::arg("operation"), py::arg("name"))
      .def(
          "resolve",
          [](const RepositoryHandle& self, Operation& operation, Id name) {
            return self.run(operation, [&](Repository& repository, Context& context) { return repository.resolve(name, context); });
          },
          py::arg("operation"), py::arg("name"))
      .def("manifest", value([](Repository& r, Id id, Context& c) { return *r.manifest(id, c); }), py::arg("operation"), py::arg("id"))
      .def("open_entry", &open_entry, py::arg("operation"), py::arg("id"), py::arg("source"), py::arg("name"))
      .def("remove", by_id([](Repository& r, Id id, Context& c) { r.remove(id, c); }), py::arg("operation"), py::arg("id"))
      .def("undo_remove", by_id([](Repository& r, Id id, Context& c) { r.undo_remove(id, c); }), py::arg("operation"), py::arg("id"))
      .def("collect_garbage", &collect_garbage, py::arg("operation"), py::arg("grace_seconds"), py::arg("dry_run"))
      .def("begin", &begin, py::arg("operation"), py::arg("options"))
      .def("backup", &backup, py::arg("operation"), py::arg("sources"), py::arg("options"))
      .def("restore", &restore, py::arg("operation"), py::arg("id"), py::arg("target"), py::arg("options"))
      .def("verify", &verify, py::arg("operation"), py::arg("id"), py::arg("level"), py::arg("source"), py::arg("target"),
           py::arg("restored"), py::arg("queries"), py::arg("untrusted"), py::arg("mask"), py::arg("mask_key"), py::arg("options"))
      .def("verify_repository", value([](Repository& r, Id level, Context& c) { return r.verify_repository(verify_level_from(level), c); }),
           py::arg("operation"), py::arg("level"))
      .def("verify_all", &verify_all, py::arg("operation"), py::arg("level"))
      .def("overview", &overview, py::arg("operation"), py::arg("measure"), py::arg("due"), py::arg("next_runs"), py::arg("told"))
      .def(
          "anchor",
          [](const RepositoryHandle& self, Operation& operation) {
            return self.run(operation, [](Repository& r, Context& c) { return make_anchor(r, c); });
          },
          py::arg("operation"))
      .def("check_anchor", value([](Repository& r, Id anchor, Context& c) { return check_anchor(r, anchor, c); }), py::arg("operation"),
           py::arg("anchor"))
      .def(
          "repair",
          [](const RepositoryHandle& self, Operation& operation) {
            return to_json(self.run(operation, [](Repository& r, Context& c) { return r.repair(c); }));
          },
          py::arg("operation"))
      .def("plan", plan([](Repository& r, const RetentionPolicy& policy, Context& c) { return r.plan(policy, c); }), py::arg("operation"),
           py::arg("policy"))
      .def("expire", plan([](Repository& r, const RetentionPolicy& policy, Context& c) { return r.expire(policy, c); }),
           py::arg("operation"), py::arg("policy"))
      .def("export", &export_to, py::arg("operation"), py::arg("id"), py::arg("source"), py::arg("format"), py::arg("include"),
           py::arg("exclude"), py::arg("mask"), py::arg("mask_key"), py::arg("options"), py::arg("out"))
      .def("check_mask", &check_mask, py::arg("operation"), py::arg("id"), py::arg("source"), py::arg("mask"), py::arg("mask_key"),
           py::arg("strict"))
      .def("suggest_mask", &suggest_mask, py::arg("operation"), py::arg("id"), py::arg("source"))
      .def("copy", &copy, py::arg("operation"), py::arg("id"), py::arg("destination"), py::arg("options"))
      .def("replicate", &replicate_to, py::arg("operation"), py::arg("destination"), py::arg("every_seconds"), py::arg("verify"))
      .def(
          "diff",
          [](const RepositoryHandle& self, Operation& operation, Id first, Id second) {
            return to_python(self.run(operation, [&](Repository& r, Context& c) { return r.diff(first, second, c); }));
          },
          py::arg("operation"), py::arg("first"), py::arg("second"))
      .def(
          "keys",
          [](const RepositoryHandle& self, Operation& operation) {
            return to_tuple(self.run(operation, [](Repository& r, Context&) { return r.keys(); }));
          },
          py::arg("operation"))
      .def("add_key", &add_key, py::arg("operation"), py::arg("password"), py::arg("raw_key"))
      .def("remove_key", by_id([](Repository& r, Id slot, Context& context) { r.remove_key(slot, context); }), py::arg("operation"),
           py::arg("id"))
      .def(
          "rotate_data_key",
          [](const RepositoryHandle& self, Operation& operation) {
            self.run(operation, [](Repository& r, Context& c) { r.rotate_data_key(c); });
          },
          py::arg("operation"));
  module.def("create", &create, py::arg("operation"), py::arg("place"), py::arg("password"), py::arg("raw_key"), py::arg("encrypted"),
             py::arg("layout"), py::arg("storage_options"), py::arg("drivers"), py::arg("transforms"));
  module.def("open", &open, py::arg("operation"), py::arg("place"), py::arg("password"), py::arg("raw_key"), py::arg("storage_options"),
             py::arg("drivers"), py::arg("transforms"));
}

}  // namespace holdfast::python
