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

/// What it costs to try one password. Tests lower it; the format takes 2^10 and more.
struct ScryptCost {
  unsigned log2_n = 17;
  std::uint32_t r = 8;
  std::uint32_t p = 1;
};

/// The bytes of a new slot (docs/format.md, "Keys"). `slot_id` has 16 hex digits, `repository_id` 32.
Bytes make_slot(const Key& key, const std::string& slot_id, const std::string& repository_id, const Secret& master, ScryptCost cost,
                Random& random);

enum class SlotState { ours, foreign, damaged };
/// Whether the bytes are an undamaged slot, as far as that can be told without a key; `foreign` if of another repository.
/// Throws Error{corrupt} or Error{unsupported} naming `object`; never returns `damaged`.
SlotState check_slot(ByteView slot, const std::string& object, const std::string& repository_id);

/// The master key out of a slot that passed check_slot. Throws Error{wrong_key} if `key` is not the one it was made with.
Secret open_slot(ByteView slot, const std::string& object, const Key& key);

/// Stores a new slot; returns its object's name.
std::string add_slot(Storage& storage, const Key& key, const std::string& repository_id, const Secret& master, ScryptCost cost,
                     Random& random);
/// The same, and reads it back and opens it: whoever throws an old password away afterwards must be sure of the new one. A slot that does
/// not open is removed again. Throws Error{limit} when there are as many slots as are looked at.
std::string add_checked_slot(Storage& storage, const Key& key, const std::string& repository_id, const Secret& master, ScryptCost cost,
                             Random& random);

/// Removes the slot `name`, damaged and foreign ones too, after `key` has opened another one, which stays. Throws Error{invalid_state} when
/// it opens none, Error{conflict} when the other one was removed at the same time: then `name` is there as before.
void remove_slot(Storage& storage, const std::string& name, const Key& key, const std::string& repository_id);

std::vector<std::string> list_slots(Storage& storage);

/// A slot as it can be seen without a key.
struct SlotInfo {
  std::string name;
  SlotState state = SlotState::damaged;
  Key::Kind kind = Key::Kind::passphrase;  ///< unless damaged
  std::string damage;                      ///< if damaged, or of a version that is not known: what is wrong with it
};
std::vector<SlotInfo> describe_slots(Storage& storage, const std::string& repository_id);

/// Tries every slot. Throws Error{wrong_key} if none opens, Error{corrupt} or {unsupported} if there is
/// none that could.
Secret open_any_slot(Storage& storage, const Key& key, const std::string& repository_id);

/// The key that encrypts a plain repository's objects.
Secret plain_data_key(const Secret& master, const std::string& repository_id);

}  // namespace holdfast
