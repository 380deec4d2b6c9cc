#include "repository/keys.hpp"

#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "repository/layout.hpp"

namespace holdfast {

namespace {

void require_encrypted(const RepositoryInfo& info) {
  if (!info.encrypted) throw Error(ErrorCode::invalid_state, info.uri + " is not encrypted: it has no keys");
}

}  // namespace

std::vector<KeySlot> Repository::keys() const {
  require_encrypted(info());
  std::vector<KeySlot> keys;
  for (const SlotInfo& slot : describe_slots(layout_->storage(), info().id)) {
    if (slot.state == SlotState::foreign) continue;  // left over from an attempt to create a repository
    std::string kind = slot.kind == Key::Kind::passphrase ? "password" : "raw key";
    if (slot.state == SlotState::damaged) kind.clear();
    keys.push_back({slot.name.substr(kSlotPrefix.size()), std::move(kind), slot.damage});
  }
  return keys;
}

std::string Repository::add_key(const Key& key, Context& context) {
  return recorded(context, "add_key", *layout_, kAuditedAndKept, [&](OperationRecord& record) {
    require_encrypted(info());
    const Secret master = open_any_slot(layout_->storage(), key_.value(), info().id);
    record.where = add_checked_slot(layout_->storage(), key, info().id, master, {}, *context.host.random).substr(kSlotPrefix.size());
    return record.where;
  });
}

void Repository::remove_key(const std::string& slot_id, Context& context) {
  recorded(context, "remove_key", *layout_, kAuditedAndKept, [&](OperationRecord& record) {
    record.where = slot_id;
    require_encrypted(info());
    remove_slot(layout_->storage(), std::string(kSlotPrefix) + slot_id, key_.value(), info().id);
  });
}

void Repository::rotate_data_key(Context& context) {
  recorded(context, "rotate_data_key", *layout_, kAuditedAndKept, [&](OperationRecord&) {
    require_encrypted(info());
    layout_->rotate_data_key(context);
  });
}

}  // namespace holdfast
