#include <pybind11/stl.h>

#include "convert.hpp"
#include "holdfast/cached.hpp"
#include "holdfast/quota.hpp"
#include "holdfast/read_only.hpp"
#include "holdfast/retrying.hpp"
#include "holdfast/throttled.hpp"
#include "operation.hpp"
#include "python_storage.hpp"

namespace holdfast::python {

namespace {

using NativePtr = std::shared_ptr<NativeStorage>;

/// Wraps a composed storage. It raises the exceptions of its parts.
NativePtr native(std::shared_ptr<Storage> made, std::initializer_list<AnyStorage> of) {
  auto storage = make_unlocked<NativeStorage>();
  storage->storage = std::move(made);
  for (const AnyStorage& each : of) storage->failures.insert(storage->failures.end(), each.failures.begin(), each.failures.end());
  return storage;
}

std::stop_token stop_of(const CancelToken* cancel) { return cancel == nullptr ? std::stop_token() : cancel->token(); }

NativePtr retrying(const py::object& given, std::int64_t first_delay, std::int64_t longest_delay, std::int64_t deadline,
                   std::uint64_t replay_bytes, const CancelToken* cancel) {
  const AnyStorage inner = storage_from(given);
  RetryPolicy policy;
  policy.first_delay = std::chrono::milliseconds(first_delay);
  policy.longest_delay = std::chrono::milliseconds(longest_delay);
  policy.deadline = std::chrono::milliseconds(deadline);
  policy.replay_bytes = replay_bytes;
  policy.stop = stop_of(cancel);
  return native(retrying_storage(inner.storage, policy), {inner});
}

NativePtr throttled(const py::object& given, std::uint64_t up, std::uint64_t down, const CancelToken* cancel) {
  const AnyStorage inner = storage_from(given);
  return native(throttled_storage(inner.storage, {.up = up, .down = down}, stop_of(cancel)), {inner});
}

NativePtr cached(const py::object& given, const py::object& given_cache, const std::string& prefix) {
  const AnyStorage inner = storage_from(given), cache = storage_from(given_cache);
  return native(cached_storage(inner.storage, cache.storage, prefix), {inner, cache});
}

NativePtr read_only(const py::object& given) {
  const AnyStorage inner = storage_from(given);
  return native(read_only_storage(inner.storage), {inner});
}

/// The object is stored in any case, so an exception of the callback has no caller to go to.
void warn_of_quota(const PyRef& warn, std::uint64_t used, std::uint64_t limit) {
  const py::gil_scoped_acquire gil;
  try {
    warn.get()(used, limit);
  } catch (py::error_already_set& raised) {
    raised.discard_as_unraisable("holdfast.quota_storage");
  }
}

NativePtr quota(const py::object& given, std::uint64_t limit, double warn_at, py::object warn) {
  const AnyStorage inner = storage_from(given);
  QuotaOptions options{.limit_bytes = limit, .warn_at = warn_at, .warn = {}};
  if (!warn.is_none()) {
    options.warn = [held = PyRef(std::move(warn))](std::uint64_t used, std::uint64_t most) { warn_of_quota(held, used, most); };
  }
  return native(quota_storage(inner.storage, std::move(options)), {inner});
}

ReplicaUse use_from(const std::string& text) {
  if (text == "open") return ReplicaUse::open;
  if (text == "create") return ReplicaUse::create;
  if (text == "repair") return ReplicaUse::repair;
  throw Error(ErrorCode::invalid_argument, "use is \"open\", \"create\" or \"repair\", not \"" + text + "\"");
}

NativePtr replicated(const py::list& given, unsigned quorum, const std::string& use) {
  auto storage = make_unlocked<NativeStorage>();
  std::vector<AnyStorage> all;
  for (const py::handle& each : given) all.push_back(storage_from(py::reinterpret_borrow<py::object>(each)));
  std::vector<Replica> replicas;
  for (const AnyStorage& each : all) {
    replicas.push_back({each.storage->uri(), each.storage, {}});
    storage->failures.insert(storage->failures.end(), each.failures.begin(), each.failures.end());
  }
  const FailureScope scope(storage->failures);
  const ReplicaUse how = use_from(use);
  storage->storage = scope.run_unlocked([&] { return replicated_storage(std::move(replicas), quorum, how); });
  return storage;
}

NativePtr open_replicas(const std::vector<std::string>& uris, unsigned quorum, const std::string& use, const Options& options) {
  std::vector<ReplicaAddress> addresses;
  for (const std::string& uri : uris) addresses.push_back({uri, options});
  const FailureScope scope;
  const ReplicaUse how = use_from(use);
  return native(scope.run_unlocked([&] { return open_replicated(addresses, quorum, how); }), {});
}

NativePtr tiered(const py::object& given_hot, const py::object& given_cold) {
  const AnyStorage hot = storage_from(given_hot), cold = storage_from(given_cold);
  return native(tiered_storage(hot.storage, cold.storage), {hot, cold});
}

template <class Kind>
std::shared_ptr<Kind> as(const NativeStorage& self, const char* kind) {
  auto found = std::dynamic_pointer_cast<Kind>(self.storage);
  if (!found) throw Error(ErrorCode::unsupported, self.storage->uri() + " is no " + kind + " storage");
  return found;
}

py::tuple replicas(const NativeStorage& self) {
  const auto set = as<ReplicatedStorage>(self, "replicated");
  const FailureScope scope(self.failures);
  return to_tuple(scope.run_unlocked([&] { return set->status(); }));
}

py::object repair(const NativeStorage& self, Operation& operation, bool every_byte, std::vector<std::string> forget) {
  const auto set = as<ReplicatedStorage>(self, "replicated");
  Context& context = operation.context();
  const ReplicaRepairOptions options{
      .every_byte = every_byte, .forget = std::move(forget), .report = [&](const std::string& line) { context.log(line); }};
  operation.watch(self.failures);
  return to_python(operation.run([&] { return set->repair(options, context); }));
}

py::object move_old(const NativeStorage& self, Operation& operation, std::int64_t age_hours, std::vector<std::string> prefixes) {
  const auto both = as<TieredStorage>(self, "tiered");
  const TierPolicy policy{.age = std::chrono::hours(age_hours), .prefixes = std::move(prefixes)};
  operation.watch(self.failures);
  return to_python(operation.run([&] { return both->move_old(policy, operation.context()); }));
}

py::tuple cold_objects(const NativeStorage& self, const std::string& prefix) {
  const auto both = as<TieredStorage>(self, "tiered");
  const FailureScope scope(self.failures);
  return to_tuple(scope.run_unlocked([&] { return both->cold_objects(prefix); }));
}

py::tuple diagnose(Operation& operation, const py::object& given) {
  const AnyStorage storage = storage_from(given);
  operation.watch(storage.failures);
  return to_tuple(operation.run([&] { return diagnose_storage(*storage.storage, operation.context()); }));
}

}  // namespace

void bind_composed_storage(py::module_& module) {
  module.def("retrying_storage", &retrying, py::arg("inner"), py::arg("first_delay"), py::arg("longest_delay"), py::arg("deadline"),
             py::arg("replay_bytes"), py::arg("cancel").none(true));
  module.def("throttled_storage", &throttled, py::arg("inner"), py::arg("up"), py::arg("down"), py::arg("cancel").none(true));
  module.def("cached_storage", &cached, py::arg("inner"), py::arg("cache"), py::arg("prefix"));
  module.def("read_only_storage", &read_only, py::arg("inner"));
  module.def("quota_storage", &quota, py::arg("inner"), py::arg("limit"), py::arg("warn_at"), py::arg("warn").none(true));
  module.def("replicated_storage", &replicated, py::arg("storages"), py::arg("quorum"), py::arg("use"));
  module.def("open_replicated", &open_replicas, py::arg("uris"), py::arg("quorum"), py::arg("use"), py::arg("options"));
  module.def("tiered_storage", &tiered, py::arg("hot"), py::arg("cold"));
  module.def("replicas", &replicas, py::arg("storage"));
  module.def("repair_replicas", &repair, py::arg("storage"), py::arg("operation"), py::arg("every_byte"), py::arg("forget"));
  module.def("move_old", &move_old, py::arg("storage"), py::arg("operation"), py::arg("age_hours"), py::arg("prefixes"));
  module.def("cold_objects", &cold_objects, py::arg("storage"), py::arg("prefix"));
  module.def("diagnose_storage", &diagnose, py::arg("operation"), py::arg("storage"));
}

}  // namespace holdfast::python
