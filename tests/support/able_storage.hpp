#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/ability_witness.hpp"
#include "storage/copies.hpp"
#include "storage/room.hpp"
#include "storage/self_diagnosing.hpp"
#include "storage/thawing.hpp"
#include "support/locking_storage.hpp"
#include "support/storage_double.hpp"

namespace holdfast::test {

/// A storage in memory with every ability.
class AbleStorage final : public ForwardingStorage, public Thawing, public SelfDiagnosing, public Copies, public KnowsRoom {
 public:
  static constexpr std::chrono::hours kWeek{7 * 24};

  explicit AbleStorage(const Clock& clock)
      : ForwardingStorage(std::make_shared<LockingStorage>(std::make_shared<HookedStorage>(clock), clock, kWeek)) {}

  LockingStorage& locking() { return static_cast<LockingStorage&>(*inner_); }

  std::string uri() const override { return "able:"; }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    if (archived.contains(std::string(name))) throw Error(ErrorCode::invalid_state, std::string(name) + " is archived");
    return inner_->open_reader(name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    AbilityWitness::called(*this, Ability::thawing);
    AbilityWitness::called(*this, Ability::diagnosing);
    return inner_->stat(name);
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    AbilityWitness::called(*this, Ability::thawing);
    inner_->list(prefix, visit);
  }

  bool holds_cold() override { return !archived.empty(); }
  std::vector<ObjectInfo> frozen(std::vector<ObjectInfo> objects, const Context&) override {
    std::erase_if(objects, [this](const ObjectInfo& object) { return !archived.contains(object.name); });
    return objects;
  }
  std::vector<Finding> diagnose(Trials trials) override {
    return {{Finding::State::ok, "ability", trials == Trials::allowed ? "tried" : "not tried"}};
  }
  ByObject copies() const override { return copies_; }
  void keep(const ByObject& copies) const noexcept override { copies_ = copies; }

  std::optional<std::uint64_t> room() override { return free_bytes; }

  std::set<std::string> archived;
  std::uint64_t free_bytes = 0;

 private:
  mutable ByObject copies_;
};

}  // namespace holdfast::test
