#include <algorithm>
#include <mutex>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

namespace {

struct Object {
  Bytes bytes;
  TimePoint modified;
};
using ObjectPtr = std::shared_ptr<const Object>;

/// Keeps the object alive, so that removing it does not disturb its readers.
class ObjectReader final : public Reader {
 public:
  ObjectReader(ObjectPtr object, ByteView range) : object_(std::move(object)), bytes_(memory_reader(range)) {}
  std::size_t read(std::span<std::byte> out) override { return bytes_->read(out); }

 private:
  ObjectPtr object_;
  std::unique_ptr<Reader> bytes_;
};

class MemoryStorage final : public Storage, public std::enable_shared_from_this<MemoryStorage> {
 public:
  std::string uri() const override { return "memory:"; }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = false}; }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    check_object_name(name);
    return add(name, Bytes(bytes.begin(), bytes.end()));
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override;
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override;
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;

  PutResult add(std::string_view name, Bytes bytes) {
    auto object = std::make_shared<const Object>(Object{std::move(bytes), system_clock().now()});
    const std::lock_guard lock(mutex_);
    return objects_.try_emplace(std::string(name), std::move(object)).second ? PutResult::created : PutResult::already_exists;
  }

 private:
  ObjectPtr find(std::string_view name) const {
    check_object_name(name);
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(name);
    return found == objects_.end() ? nullptr : found->second;
  }

  mutable std::mutex mutex_;
  std::map<std::string, ObjectPtr, std::less<>> objects_;
};

[[noreturn]] void throw_not_found(std::string_view name) {
  throw Error(ErrorCode::not_found, "there is no object '" + std::string(name) + "' in memory:");
}

class ObjectWriter final : public Writer {
 public:
  ObjectWriter(std::shared_ptr<MemoryStorage> storage, std::string_view name) : storage_(std::move(storage)), name_(name) {}
  void write(ByteView data) override { bytes_.insert(bytes_.end(), data.begin(), data.end()); }
  void commit() override {
    if (storage_->add(name_, std::move(bytes_)) == PutResult::already_exists)
      throw Error(ErrorCode::already_exists, "can't store '" + name_ + "' in memory:: an object of that name exists");
  }

 private:
  std::shared_ptr<MemoryStorage> storage_;
  std::string name_;
  Bytes bytes_;
};

std::unique_ptr<Writer> MemoryStorage::open_writer(std::string_view name) {
  check_object_name(name);
  return std::make_unique<ObjectWriter>(shared_from_this(), name);
}

std::unique_ptr<Reader> MemoryStorage::open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) {
  ObjectPtr object = find(name);
  if (!object) throw_not_found(name);
  const ByteView all = object->bytes;
  const ByteView tail = all.subspan(std::min<std::uint64_t>(offset, all.size()));
  return std::make_unique<ObjectReader>(std::move(object), tail.first(std::min<std::uint64_t>(length, tail.size())));
}

std::optional<ObjectInfo> MemoryStorage::stat(std::string_view name) {
  const ObjectPtr object = find(name);
  if (!object) return std::nullopt;
  return ObjectInfo{std::string(name), object->bytes.size(), object->modified};
}

void MemoryStorage::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  std::vector<ObjectInfo> found;  // copied: the visitor may call us
  {
    const std::lock_guard lock(mutex_);
    for (auto at = objects_.lower_bound(prefix); at != objects_.end() && at->first.starts_with(prefix); ++at)
      found.push_back({at->first, at->second->bytes.size(), at->second->modified});
  }
  for (const ObjectInfo& info : found)
    if (!visit(info)) return;
}

void MemoryStorage::remove(std::string_view name) {
  check_object_name(name);
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(name);
  if (found == objects_.end()) throw_not_found(name);
  objects_.erase(found);
}

}  // namespace

std::shared_ptr<Storage> memory_storage() { return std::make_shared<MemoryStorage>(); }

}  // namespace holdfast
