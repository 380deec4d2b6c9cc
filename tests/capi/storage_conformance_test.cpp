// A storage written in C, with the C interface on both sides, passes the shared suite.
#include <memory>
#include <string>

#include "c_storage.h"
#include "conformance/storage_suite.hpp"
#include "handle_streams.hpp"

namespace hf = holdfast;
using namespace holdfast::capi_test;

namespace {

// The interface accepts texts that end in NUL, so a NUL inside can't be passed.
std::string text(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) throw hf::Error(hf::ErrorCode::invalid_argument, "a NUL in a name");
  return std::string(name);
}

class HandleStorage final : public hf::Storage {
 public:
  explicit HandleStorage(holdfast_storage* storage) : storage_(storage) {}
  ~HandleStorage() override { holdfast_storage_free(storage_); }

  std::string uri() const override { return holdfast_storage_uri(storage_); }
  hf::StorageCaps caps() const override {
    return {.atomic_create = (holdfast_storage_caps(storage_) & HOLDFAST_STORAGE_ATOMIC_CREATE) != 0};
  }
  hf::PutResult put_new(std::string_view name, hf::ByteView bytes) override {
    try {
      call([&](holdfast_error** err) { return holdfast_storage_put_new(storage_, text(name).c_str(), bytes.data(), bytes.size(), err); });
    } catch (const hf::Error& error) {
      if (error.code() != hf::ErrorCode::already_exists) throw;
      return hf::PutResult::already_exists;
    }
    return hf::PutResult::created;
  }
  std::unique_ptr<hf::Writer> open_writer(std::string_view name) override {
    holdfast_writer* writer = nullptr;
    call([&](holdfast_error** err) { return holdfast_storage_write(&writer, storage_, text(name).c_str(), err); });
    return std::make_unique<HandleWriter>(writer);
  }
  std::unique_ptr<hf::Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    holdfast_reader* reader = nullptr;
    call([&](holdfast_error** err) { return holdfast_storage_read(&reader, storage_, text(name).c_str(), offset, length, err); });
    return std::make_unique<HandleReader>(reader);
  }
  std::optional<hf::ObjectInfo> stat(std::string_view name) override {
    holdfast_object_info info{};
    info.struct_size = sizeof info;
    try {
      call([&](holdfast_error** err) { return holdfast_storage_stat(storage_, text(name).c_str(), &info, err); });
    } catch (const hf::Error& error) {
      if (error.code() != hf::ErrorCode::not_found) throw;
      return std::nullopt;
    }
    return hf::ObjectInfo{std::string(name), info.size, hf::TimePoint(std::chrono::microseconds(info.modified))};
  }
  void list(std::string_view prefix, const std::function<bool(const hf::ObjectInfo&)>& visit) override {
    struct Visit {
      const std::function<bool(const hf::ObjectInfo&)>& visit;
      static holdfast_status one(void* self, const holdfast_object_info* info) {
        const hf::ObjectInfo object{info->name, info->size, hf::TimePoint(std::chrono::microseconds(info->modified))};
        return static_cast<Visit*>(self)->visit(object) ? HOLDFAST_OK : HOLDFAST_E_CANCELLED;
      }
    } seen{visit};
    try {
      call([&](holdfast_error** err) { return holdfast_storage_list(storage_, text(prefix).c_str(), Visit::one, &seen, err); });
    } catch (const hf::Error& error) {
      if (error.code() != hf::ErrorCode::cancelled) throw;
    }
  }
  void remove(std::string_view name) override {
    call([&](holdfast_error** err) { return holdfast_storage_remove(storage_, text(name).c_str(), err); });
  }

 private:
  holdfast_storage* storage_;
};

std::shared_ptr<hf::Storage> through_c(bool put_new) {
  holdfast_storage_driver driver = c_storage(nullptr);
  if (!put_new) driver.put_new = nullptr;
  holdfast_storage* storage = nullptr;
  call([&](holdfast_error** err) { return holdfast_storage_new(&storage, &driver, err); });
  CHECK_FALSE(static_cast<bool>(driver.release));
  return std::make_shared<HandleStorage>(storage);
}

}  // namespace

TEST_CASE("a storage written in C passes the shared suite") {
  hf::testing::run_storage_suite([] { return through_c(true); });
}

TEST_CASE("a storage written in C that can only stream passes the shared suite") {
  hf::testing::run_storage_suite([] { return through_c(false); });
}

TEST_CASE("the memory storage passes the shared suite through the C interface") {
  hf::testing::run_storage_suite([] {
    holdfast_storage* storage = nullptr;
    call([&](holdfast_error** err) { return holdfast_storage_open(&storage, "memory:", nullptr, err); });
    return std::make_shared<HandleStorage>(storage);
  });
}
