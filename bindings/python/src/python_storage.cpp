#include "python_storage.hpp"

#include <string>

#include "convert.hpp"
#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/locks.hpp"
#include "python_stream.hpp"

namespace holdfast::python {

namespace {

constexpr int kLastYear = 9999;                  // the last year of a datetime: that of LOCKED_FOR_GOOD
constexpr ErrorCode kUnknownIs = ErrorCode::io;  // the code for an exception of no known kind

class PythonStorage final : public Storage, public Lockable {
  template <class Call>
  auto call(const Call& call) const {
    return call_python(*failures_, kUnknownIs, call);
  }

 public:
  explicit PythonStorage(py::object object) : knows_locks_(has(object, "locks")), object_(std::move(object)) {}

  const std::shared_ptr<FailureLog>& failures() const noexcept { return failures_; }

  std::string uri() const override {
    return call([&] { return object_.get().attr("uri").cast<std::string>(); });
  }

  StorageCaps caps() const override {
    return call([&] {
      const auto has = [&](const char* name) { return py::getattr(object_.get(), name, py::bool_(false)).cast<bool>(); };
      return StorageCaps{.atomic_create = has("atomic_create"), .durable = has("durable")};
    });
  }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    begin(name);
    return call([&] {
      const py::bytes data(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      const py::object created = object_.get().attr("put_new")(py::str(name.data(), name.size()), data);
      if (!PyBool_Check(created.ptr())) throw Error(kUnknownIs, "put_new() of '" + std::string(name) + "' returned neither True nor False");
      return created.cast<bool>() ? PutResult::created : PutResult::already_exists;
    });
  }

  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    begin(name);
    return python_writer(opened("open_writer", name), failures_, kUnknownIs);
  }

  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    begin(name);
    const bool to_the_end = length == std::numeric_limits<std::uint64_t>::max();
    return python_reader(call([&] {
                           const py::object wanted = to_the_end ? py::object(py::none()) : py::object(py::int_(length));
                           return PyRef(object_.get().attr("open_reader")(py::str(name.data(), name.size()), offset, wanted));
                         }),
                         failures_, kUnknownIs);
  }

  std::optional<ObjectInfo> stat(std::string_view name) override {
    begin(name);
    return call([&]() -> std::optional<ObjectInfo> {
      const py::object info = object_.get().attr("stat")(py::str(name.data(), name.size()));
      if (info.is_none()) return std::nullopt;
      return object_from(info);
    });
  }

  // Runs without the GIL: the visitor may wait for locks whose holders wait for the GIL.
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    if (locks()) announce_locks(*this);
    call([&] {
      std::string last;
      for (const py::handle& item : object_.get().attr("list")(py::str(prefix.data(), prefix.size()))) {
        ObjectInfo info = object_from(item);
        if (!info.name.starts_with(prefix) || info.name <= last) {
          throw Error(kUnknownIs, "list() gave '" + info.name + "' after '" + last + "': names come in byte order and begin with '" +
                                      std::string(prefix) + "'");
        }
        last = info.name;
        const py::gil_scoped_release release;
        if (!visit(info)) return;
      }
    });
  }

  void remove(std::string_view name) override {
    begin(name);
    call([&] { object_.get().attr("remove")(py::str(name.data(), name.size())); });
  }

  bool locks() const override {
    return knows_locks_ && call([&] { return object_.get().attr("locks").cast<bool>(); });
  }

  std::optional<TimePoint> locked_until(std::string_view name) override {
    check_object_name(name);
    if (!locks()) return std::nullopt;
    return call([&]() -> std::optional<TimePoint> {
      const py::object until = object_.get().attr("locked_until")(py::str(name.data(), name.size()));
      if (until.is_none()) return std::nullopt;
      const TimePoint moment = time_from(until);
      return until.attr("year").cast<int>() == kLastYear ? kLockedForGood : moment;
    });
  }

  void renew_lock(std::string_view name) override {
    check_object_name(name);
    if (!locks()) return;
    call([&] { object_.get().attr("renew_lock")(py::str(name.data(), name.size())); });
  }

 private:
  /// Also checks the class: a property whose getter fails exists all the same.
  static bool has(const py::object& object, const char* name) {
    return py::hasattr(py::type::of(object), name) || py::hasattr(object, name);
  }

  /// Begins every call on an object.
  void begin(std::string_view name) const {
    if (locks()) announce_locks(*this);
    check_object_name(name);
  }

  PyRef opened(const char* method, std::string_view name) const {
    return call([&] { return PyRef(object_.get().attr(method)(py::str(name.data(), name.size()))); });
  }

  const bool knows_locks_;
  PyRef object_;
  std::shared_ptr<FailureLog> failures_ = std::make_shared<FailureLog>();
};

}  // namespace

AnyStorage storage_from(const py::object& object) {
  if (py::isinstance<NativeStorage>(object)) return object.cast<NativeStorage&>();
  for (const char* method : {"uri", "put_new", "open_writer", "open_reader", "stat", "list", "remove"}) {
    if (!py::hasattr(object, method)) {
      throw Error(ErrorCode::invalid_argument, std::string("a storage needs '") + method + "': derive yours from holdfast.Storage");
    }
  }
  auto storage = std::make_shared<PythonStorage>(object);
  return {storage, {storage->failures()}};
}

}  // namespace holdfast::python
