#include "foreign.hpp"
#include "handles.hpp"
#include "holdfast/locks.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

template <class Body>
holdfast_status with_storage(holdfast_storage* storage, holdfast_error** err, Body&& body) {
  return guard("storage", err, [&] {
    const auto opened = required(storage, "storage").storage;
    body(opened);
  });
}

}  // namespace

holdfast_status holdfast_storage_open(holdfast_storage** out, const char* uri, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("storage", err, [&] {
    Out result(out);
    auto storage = open_storage(required_text(uri, "uri"), options_of(options).family("storage."), IfMissing::create);
    std::string shown = storage->uri();
    result.make(std::move(storage), std::move(shown));
  });
}

holdfast_status holdfast_storage_new(holdfast_storage** out, holdfast_storage_driver* driver, holdfast_error** err) {
  clear(out);
  return guard("storage", err, [&] {
    Owned<holdfast_storage_driver> table(driver, "driver");
    Out result(out);
    auto storage = foreign_storage(std::move(table));
    std::string shown = storage->uri();
    result.make(std::move(storage), std::move(shown));
  });
}

void holdfast_storage_free(holdfast_storage* storage) { delete storage; }
const char* holdfast_storage_uri(const holdfast_storage* storage) { return storage == nullptr ? nullptr : storage->uri.c_str(); }

uint32_t holdfast_storage_caps(const holdfast_storage* storage) {
  if (storage == nullptr) return 0;
  const StorageCaps caps = storage->storage->caps();
  return (caps.atomic_create ? HOLDFAST_STORAGE_ATOMIC_CREATE : 0U) | (caps.durable ? HOLDFAST_STORAGE_DURABLE : 0U);
}

holdfast_status holdfast_storage_put_new(holdfast_storage* storage, const char* name, const void* data, size_t length,
                                         holdfast_error** err) {
  return with_storage(storage, err, [&](const std::shared_ptr<Storage>& opened) {
    const std::string object = required_text(name, "name");
    if (length > 0) required(static_cast<const char*>(data), "data");
    if (opened->put_new(object, {static_cast<const std::byte*>(data), length}) == PutResult::already_exists) {
      throw Error(ErrorCode::already_exists, opened->uri() + ": there is an object " + object + " already");
    }
  });
}

holdfast_status holdfast_storage_write(holdfast_writer** out, holdfast_storage* storage, const char* name, holdfast_error** err) {
  clear(out);
  return with_storage(storage, err, [&](const std::shared_ptr<Storage>& opened) {
    Out result(out);
    auto core = std::make_shared<WriterCore>();
    core->kept = opened;
    core->writer = opened->open_writer(required_text(name, "name"));
    result.make(std::move(core));
  });
}

holdfast_status holdfast_storage_read(holdfast_reader** out, holdfast_storage* storage, const char* name, uint64_t offset, uint64_t length,
                                      holdfast_error** err) {
  clear(out);
  return with_storage(storage, err, [&](const std::shared_ptr<Storage>& opened) {
    Out result(out);
    auto core = std::make_shared<ReaderCore>();
    core->kept = opened;
    core->reader = opened->open_reader(required_text(name, "name"), offset, length);
    result.make(std::move(core));
  });
}

holdfast_status holdfast_storage_stat(holdfast_storage* storage, const char* name, holdfast_object_info* out, holdfast_error** err) {
  return with_storage(storage, err, [&](const std::shared_ptr<Storage>& opened) {
    const std::string object = required_text(name, "name");
    const auto found = opened->stat(object);
    if (!found) throw Error(ErrorCode::not_found, opened->uri() + ": there is no object " + object);
    holdfast_object_info info{};
    info.size = found->size;
    info.modified = micros(found->modified);
    fill(out, "out", info);
  });
}

holdfast_status holdfast_storage_list(holdfast_storage* storage, const char* prefix, holdfast_object_visitor visit, void* user_data,
                                      holdfast_error** err) {
  return with_storage(storage, err, [&](const std::shared_ptr<Storage>& opened) {
    Visitor visitor(visit, user_data);
    opened->list(required_text(prefix, "prefix"), [&](const ObjectInfo& object) { return visitor.wants_more(object); });
    visitor.check();
  });
}

holdfast_status holdfast_storage_remove(holdfast_storage* storage, const char* name, holdfast_error** err) {
  return with_storage(storage, err, [&](const std::shared_ptr<Storage>& opened) { opened->remove(required_text(name, "name")); });
}

int32_t holdfast_storage_locks(const holdfast_storage* storage) { return storage != nullptr && locks_objects(*storage->storage) ? 1 : 0; }

holdfast_status holdfast_storage_locked_until(int64_t* until_out, holdfast_storage* storage, const char* name, holdfast_error** err) {
  return with_storage(storage, err, [&](const std::shared_ptr<Storage>& opened) {
    required(until_out, "until_out") = 0;
    const auto until = locked_until(*opened, required_text(name, "name"));
    if (until) *until_out = micros(*until);
  });
}

holdfast_status holdfast_storage_renew_lock(holdfast_storage* storage, const char* name, holdfast_error** err) {
  return with_storage(storage, err, [&](const std::shared_ptr<Storage>& opened) { renew_lock(*opened, required_text(name, "name")); });
}
