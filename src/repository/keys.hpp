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

enum class SlotState { ours, foreign };
/// Whether the bytes are an undamaged slot, as far as that can be told without a key; `foreign` if of another repository.
/// Throws Error{corrupt} or Error{unsupported} naming `object`.
SlotState check_slot(ByteView slot, const std::string& object, const std::string& repository_id);

/// The master key out of a slot that passed check_slot. Throws Error{wrong_key} if `key` is not the one it was made with.
Secret open_slot(ByteView slot, const std::string& object, const Key& key);

/// Stores a new slot; returns its object's name.
std::string add_slot(Storage& storage, const Key& key, const std::string& repository_id, const Secret& master, ScryptCost cost,
                     Random& random);

std::vector<std::string> list_slots(Storage& storage);

/// Tries every slot. Throws Error{wrong_key} if none opens, Error{corrupt} if there is none that could.
Secret open_any_slot(Storage& storage, const Key& key, const std::string& repository_id);

/// The key that encrypts a plain repository's objects.
Secret plain_data_key(const Secret& master, const std::string& repository_id);

}  // namespace holdfast
