#include <utility>

#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "holdfast/storages.hpp"
#include "storage/thawing.hpp"

namespace holdfast {

namespace {

class ReadOnlyStorage final : public Storage, public LocksOf, public Thawing {
 public:
  explicit ReadOnlyStorage(std::shared_ptr<Storage> inner) : LocksOf(inner), inner_(std::move(inner)) {}

  std::string uri() const override { return inner_->uri(); }
  StorageCaps caps() const override { return inner_->caps(); }

  PutResult put_new(std::string_view name, ByteView) override { refuse("store", name); }
  std::unique_ptr<Writer> open_writer(std::string_view name) override { refuse("store", name); }
  void remove(std::string_view name) override { refuse("remove", name); }
  void renew_lock(std::string_view name) override { refuse("lock", name); }

  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return inner_->open_reader(name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override { return inner_->stat(name); }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override { inner_->list(prefix, visit); }
  bool holds_cold() override {
    auto* const inner = dynamic_cast<Thawing*>(inner_.get());
    return inner != nullptr && inner->holds_cold();
  }
  std::vector<ObjectInfo> frozen(std::vector<ObjectInfo> objects, const Context& context) override {
    auto* const inner = dynamic_cast<Thawing*>(inner_.get());
    return inner == nullptr ? std::vector<ObjectInfo>() : inner->frozen(std::move(objects), context);
  }

 private:
  [[noreturn]] void refuse(const char* action, std::string_view name) const {
    check_object_name(name);
    throw Error(ErrorCode::permission_denied,
                "can't " + std::string(action) + " '" + std::string(name) + "' in " + uri() + ": it is opened for reading only");
  }

  std::shared_ptr<Storage> inner_;
};

}  // namespace

std::shared_ptr<Storage> read_only_storage(std::shared_ptr<Storage> inner) { return std::make_shared<ReadOnlyStorage>(std::move(inner)); }

}  // namespace holdfast
