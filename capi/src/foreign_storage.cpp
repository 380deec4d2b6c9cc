#include <algorithm>

#include "foreign.hpp"
#include "handles.hpp"
#include "holdfast/host.hpp"
#include "holdfast/locks.hpp"

namespace holdfast::capi {

namespace {

class ForeignStorage final : public Storage, public Lockable {
 public:
  explicit ForeignStorage(Owned<holdfast_storage_driver> driver) : driver_(std::move(driver)) {
    driver_.require(driver_->uri, "uri");
    driver_.require(driver_->write, "write");
    driver_.require(driver_->read, "read");
    driver_.require(driver_->stat, "stat");
    driver_.require(driver_->list, "list");
    driver_.require(driver_->remove, "remove");
    if (driver_->locks != nullptr || driver_->locked_until != nullptr || driver_->renew_lock != nullptr) {
      driver_.require(driver_->locks, "locks");
      driver_.require(driver_->locked_until, "locked_until");
      driver_.require(driver_->renew_lock, "renew_lock");
    }
    constexpr std::uint32_t kKnown = HOLDFAST_STORAGE_ATOMIC_CREATE | HOLDFAST_STORAGE_DURABLE;
    if ((driver_->caps & ~kKnown) != 0) throw Error(ErrorCode::unsupported, "the storage's caps have bits that this library does not know");
    uri_ = required_text(driver_->uri, "uri");
  }

  std::string uri() const override { return uri_; }
  StorageCaps caps() const override {
    return {.atomic_create = (driver_->caps & HOLDFAST_STORAGE_ATOMIC_CREATE) != 0,
            .durable = (driver_->caps & HOLDFAST_STORAGE_DURABLE) != 0};
  }

  PutResult put_new(std::string_view name_view, ByteView bytes) override {
    const std::string name = checked(name_view);
    try {
      if (driver_->put_new != nullptr) {
        call_host("put_new", name,
                  [&](holdfast_error** err) { return driver_->put_new(driver_.data(), name.c_str(), bytes.data(), bytes.size(), err); });
      } else {
        const auto writer = open_writer(name);
        writer->write(bytes);
        writer->commit();
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::already_exists) throw;
      return PutResult::already_exists;
    }
    return PutResult::created;
  }

  std::unique_ptr<Writer> open_writer(std::string_view name_view) override {
    std::string name = checked(name_view);
    auto table = stream<holdfast_writer_driver>("write", name, [&](holdfast_writer_driver* out, holdfast_error** err) {
      return driver_->write(driver_.data(), name.c_str(), out, err);
    });
    return foreign_writer(std::move(table), std::move(name));
  }

  std::unique_ptr<Reader> open_reader(std::string_view name_view, std::uint64_t offset, std::uint64_t length) override {
    std::string name = checked(name_view);
    auto table = stream<holdfast_reader_driver>("read", name, [&](holdfast_reader_driver* out, holdfast_error** err) {
      return driver_->read(driver_.data(), name.c_str(), offset, length, out, err);
    });
    return foreign_reader(std::move(table), std::move(name));
  }

  std::optional<ObjectInfo> stat(std::string_view name_view) override {
    const std::string name = checked(name_view);
    holdfast_object_info info{};
    info.struct_size = sizeof info;
    try {
      call_host("stat", name, [&](holdfast_error** err) { return driver_->stat(driver_.data(), name.c_str(), &info, err); });
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      return std::nullopt;
    }
    return ObjectInfo{name, info.size, TimePoint(std::chrono::microseconds(info.modified))};
  }

  void list(std::string_view prefix_view, const std::function<bool(const ObjectInfo&)>& visit) override {
    if (locks()) announce_locks(*this);
    const std::string prefix(prefix_view);
    std::vector<ObjectInfo> objects;
    call_host("list", prefix, [&](holdfast_error** err) { return driver_->list(driver_.data(), prefix.c_str(), collect, &objects, err); });
    std::sort(objects.begin(), objects.end(), [](const ObjectInfo& a, const ObjectInfo& b) { return a.name < b.name; });
    for (std::size_t i = 0; i < objects.size(); ++i) {
      if (!objects[i].name.starts_with(prefix)) broken(objects[i].name + " does not begin with " + prefix);
      if (i > 0 && objects[i].name == objects[i - 1].name) broken(objects[i].name + " came twice");
    }
    for (const ObjectInfo& object : objects) {
      if (!visit(object)) return;
    }
  }

  void remove(std::string_view name_view) override {
    const std::string name = checked(name_view);
    call_host("remove", name, [&](holdfast_error** err) { return driver_->remove(driver_.data(), name.c_str(), err); });
  }

  bool locks() const override { return driver_->locks != nullptr && driver_->locks(driver_.data()) != 0; }
  std::optional<TimePoint> locked_until(std::string_view name_view) override {
    if (!locks()) return std::nullopt;
    const std::string name = checked(name_view);
    std::int64_t until = 0;
    call_host("locked_until", name, [&](holdfast_error** err) { return driver_->locked_until(driver_.data(), name.c_str(), &until, err); });
    return until == 0 ? std::nullopt : std::optional(TimePoint(std::chrono::microseconds(until)));
  }
  void renew_lock(std::string_view name_view) override {
    if (!locks()) return;
    const std::string name = checked(name_view);
    call_host("renew_lock", name, [&](holdfast_error** err) { return driver_->renew_lock(driver_.data(), name.c_str(), err); });
  }

 private:
  /// The first step of every call on an object.
  std::string checked(std::string_view name) const {
    if (locks()) announce_locks(*this);
    check_object_name(name);
    return std::string(name);
  }

  [[noreturn]] void broken(const std::string& what) const {
    throw Error(ErrorCode::internal, uri_ + ": the host's listing is wrong: " + what);
  }

  template <class Table, class Call>
  Owned<Table> stream(const char* function, const std::string& name, Call&& call) const {
    Table table{};
    table.struct_size = sizeof table;
    call_host(function, name, [&](holdfast_error** err) { return call(&table, err); });
    return Owned<Table>(table);
  }

  static holdfast_status collect(void* objects, const holdfast_object_info* object) noexcept {
    if (object == nullptr || object->struct_size < sizeof *object || object->name == nullptr) return HOLDFAST_E_INVALID_ARGUMENT;
    try {
      static_cast<std::vector<ObjectInfo>*>(objects)->push_back(
          {object->name, object->size, TimePoint(std::chrono::microseconds(object->modified))});
      return HOLDFAST_OK;
    } catch (...) {
      return HOLDFAST_E_OUT_OF_MEMORY;
    }
  }

  Owned<holdfast_storage_driver> driver_;
  std::string uri_;
};

}  // namespace

std::shared_ptr<Storage> foreign_storage(Owned<holdfast_storage_driver> driver) {
  return std::make_shared<ForeignStorage>(std::move(driver));
}

}  // namespace holdfast::capi
