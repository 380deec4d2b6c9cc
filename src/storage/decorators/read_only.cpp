#include <utility>

#include "holdfast/error.hpp"
#include "holdfast/finding.hpp"
#include "holdfast/locks.hpp"
#include "holdfast/read_only.hpp"
#include "storage/self_diagnosing.hpp"

namespace holdfast {

namespace {

class ReadOnlyStorage final : public ForwardingStorage, public Lockable, public SelfDiagnosing {
 public:
  explicit ReadOnlyStorage(std::shared_ptr<Storage> inner) : ForwardingStorage(std::move(inner)) {}

  PutResult put_new(std::string_view name, ByteView) override { refuse("store", name); }
  std::unique_ptr<Writer> open_writer(std::string_view name) override { refuse("store", name); }
  void remove(std::string_view name) override { refuse("remove", name); }

  bool locks() const override { return locks_objects(*inner_); }
  std::optional<TimePoint> locked_until(std::string_view name) override { return holdfast::locked_until(*inner_, name); }
  void renew_lock(std::string_view name) override { refuse("lock", name); }
  std::vector<Finding> diagnose(Trials) override { return diagnosis_of(*inner_, Trials::none); }

 private:
  [[noreturn]] void refuse(const char* action, std::string_view name) const {
    check_object_name(name);
    throw Error(ErrorCode::permission_denied,
                "can't " + std::string(action) + " '" + std::string(name) + "' in " + uri() + ": it is opened for reading only");
  }
};

}  // namespace

std::shared_ptr<Storage> read_only_storage(std::shared_ptr<Storage> inner) { return std::make_shared<ReadOnlyStorage>(std::move(inner)); }

}  // namespace holdfast
