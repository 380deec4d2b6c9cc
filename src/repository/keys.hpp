#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

constexpr std::size_t kSlotSize = 188;
constexpr std::string_view kSlotPrefix = "keys/slot-";

/// The cost to try one password. Tests lower it; the format accepts 2^10 and more.
struct ScryptCost {
  unsigned log2_n = 17;
  std::uint32_t r = 8;
  std::uint32_t p = 1;
};

/// Returns the bytes of a new slot (docs/format.md, "Keys"). `slot_id` has 16 hex digits, `repository_id` 32.
Bytes make_slot(const Key& key, const std::string& slot_id, const std::string& repository_id, const Secret& master, ScryptCost cost,
                Random& random);

enum class SlotState { ours, foreign, damaged };
/// Checks a slot as far as possible without a key. Returns `foreign` for a slot of another repository. Throws
/// Error{corrupt} or Error{unsupported} that names `object`; never returns `damaged`.
SlotState check_slot(ByteView slot, const std::string& object, const std::string& repository_id);

/// Returns the master key from a slot that passed check_slot. Throws Error{wrong_key} if the slot was made with another
/// key.
Secret open_slot(ByteView slot, const std::string& object, const Key& key);

/// Stores a new slot. Returns its object's name.
std::string add_slot(Storage& storage, const Key& key, const std::string& repository_id, const Secret& master, ScryptCost cost,
                     Random& random);
/// Like add_slot, then reads the slot back and opens it, because the caller may throw the old password away afterwards.
/// Removes a slot that does not open. Throws Error{limit} if there are as many slots as are ever tried.
std::string add_checked_slot(Storage& storage, const Key& key, const std::string& repository_id, const Secret& master, ScryptCost cost,
                             Random& random);

/// Removes the slot `name`, also a damaged or foreign one, after `key` has opened another slot, which stays. Throws
/// Error{invalid_state} if it opens none. Throws Error{conflict} if that other slot was removed at the same time;
/// `name` is then put back.
void remove_slot(Storage& storage, const std::string& name, const Key& key, const std::string& repository_id);

std::vector<std::string> list_slots(Storage& storage);

/// The facts of a slot that need no key.
struct SlotInfo {
  std::string name;
  SlotState state = SlotState::damaged;
  Key::Kind kind = Key::Kind::passphrase;  ///< unless damaged
  std::string damage;                      ///< if damaged or of an unknown version: the reason
};
std::vector<SlotInfo> describe_slots(Storage& storage, const std::string& repository_id);

/// Tries every slot. Throws Error{wrong_key} if none opens, Error{corrupt} or {unsupported} if no slot can be tried.
Secret open_any_slot(Storage& storage, const Key& key, const std::string& repository_id);

/// Returns the key that encrypts the objects of a plain repository.
Secret plain_data_key(const Secret& master, const std::string& repository_id);

}  // namespace holdfast
