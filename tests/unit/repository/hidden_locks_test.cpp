// A host's storage that forwards calls to a locking one and hides its object locks: repositories refuse it.

#include <doctest/doctest.h>

#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/retrying.hpp"
#include "holdfast/tiered.hpp"
#include "support/locking_storage.hpp"
#include "support/storage_double.hpp"
#include "support/test_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

// A storage written by somebody who does not know object locks.
class Hiding final : public Storage {
 public:
  explicit Hiding(std::shared_ptr<Storage> inside) : inside_(std::move(inside)) {}
  std::string uri() const override { return "mine:"; }
  StorageCaps caps() const override { return inside_->caps(); }
  PutResult put_new(std::string_view name, ByteView bytes) override { return inside_->put_new(name, bytes); }
  std::unique_ptr<Writer> open_writer(std::string_view name) override { return inside_->open_writer(name); }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return inside_->open_reader(name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override { return inside_->stat(name); }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override { inside_->list(prefix, visit); }
  void remove(std::string_view name) override { inside_->remove(name); }

 private:
  std::shared_ptr<Storage> inside_;
};

const Key kRawKey = raw_key(Secret(std::string_view("0123456789abcdef0123456789abcdef")));

struct Place {
  StandingClock clock;
  std::shared_ptr<HookedStorage> objects = std::make_shared<HookedStorage>(clock);
  std::shared_ptr<LockingStorage> locking = std::make_shared<LockingStorage>(objects, clock, std::chrono::hours(24));
  Context context;
};

std::string why_refused(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unsupported);
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a wrapper that hides object locks is refused by name when a repository is created or opened") {
  for (const LayoutKind layout : {LayoutKind::packed, LayoutKind::plain}) {
    Place place;
    const auto hiding = std::make_shared<Hiding>(place.locking);
    const CreateOptions create{.key = kRawKey, .layout = layout};
    CHECK(why_refused([&] { create_repository(hiding, create, place.context); }).find("mine:") != std::string::npos);
    CHECK(place.objects->objects().empty());
    create_repository(place.locking, create, place.context);
    CHECK(why_refused([&] { open_repository(hiding, {.key = kRawKey}, place.context); }).find("locks its objects") != std::string::npos);
    // A wrapper that passes object locks on does not help if the one below hides them.
    CHECK(why_refused([&] { open_repository(retrying_storage(hiding), {.key = kRawKey}, place.context); }) != "");
    CHECK(why_refused([&] { open_repository(tiered_storage(hiding, memory_storage()), {.key = kRawKey}, place.context); }) != "");
  }
}

TEST_CASE("a wrapper that passes object locks on is accepted") {
  Place place;
  const auto forwarding = std::make_shared<ForwardingStorage>(place.locking);
  create_repository(forwarding, {.key = kRawKey}, place.context);
  Repository opened = open_repository(forwarding, {.key = kRawKey}, place.context);
  CHECK(opened.begin({}, place.context) != nullptr);
}

TEST_CASE("a wrapper that reaches the locking storage only in writes is detected before a backup has data") {
  class Mirror final : public ForwardingStorage {
   public:
    Mirror(std::shared_ptr<Storage> first, std::shared_ptr<Storage> second)
        : ForwardingStorage(std::move(first)), second_(std::move(second)) {}
    PutResult put_new(std::string_view name, ByteView bytes) override {
      second_->put_new(name, bytes);
      return inner_->put_new(name, bytes);
    }

   private:
    std::shared_ptr<Storage> second_;
  };
  Place place;
  const auto first = memory_storage();
  create_repository(first, {.key = kRawKey}, place.context);
  Repository opened = open_repository(std::make_shared<Mirror>(first, place.locking), {.key = kRawKey}, place.context);
  CHECK(why_refused([&] { opened.begin({}, place.context); }) != "");
  CHECK(opened.list(place.context).empty());
}
