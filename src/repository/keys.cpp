#include "repository/keys.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/aes_gcm.hpp"
#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/raw.hpp"
#include "holdfast/error.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kMagic = "HOLDFKEY";
constexpr std::byte kSlotVersion{1};
constexpr std::size_t kMasterSize = 32, kSaltSize = 32, kHashSize = 32;
// Offsets of the fields of a slot.
constexpr std::size_t kAtVersion = 8, kAtType = 9, kAtLog2N = 10, kAtReserved = 11, kAtR = 12, kAtP = 16, kAtId = 20, kAtRepository = 28,
                      kAtSalt = 44, kAtBody = 76, kAtCommitment = 124, kAtHash = 156;
constexpr std::uint64_t kMaxMemory = 128U << 20, kMaxWork = 2 * kMaxMemory;  // limits of scrypt: more is an attack
constexpr std::size_t kMaxSlots = 64;                                        // tried with a password, oldest first
constexpr std::size_t kMaxRemoved = 1U << 20;                                // to be removed; may be damaged

struct SlotKeys {
  Secret encryption, commitment;
};

std::byte type_of(const Key& key) { return key.kind == Key::Kind::passphrase ? std::byte{1} : std::byte{2}; }

std::uint32_t number_at(ByteView slot, std::size_t at) { return number_in<std::uint32_t>(slot.subspan(at)); }

void put(Bytes& slot, std::size_t at, ByteView bytes) {
  std::copy(bytes.begin(), bytes.end(), slot.begin() + static_cast<std::ptrdiff_t>(at));
}

bool equal(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

ScryptCost cost_in(ByteView slot) {
  return {.log2_n = std::to_integer<unsigned>(slot[kAtLog2N]), .r = number_at(slot, kAtR), .p = number_at(slot, kAtP)};
}

bool within_bounds(const ScryptCost& cost) {
  if (cost.log2_n < 10 || cost.log2_n > 20 || cost.r < 1 || cost.r > 16 || cost.p < 1 || cost.p > 4) return false;
  const std::uint64_t memory = (std::uint64_t{128} * cost.r) << cost.log2_n;
  return memory <= kMaxMemory && memory * cost.p <= kMaxWork;
}

Secret stretch(const Secret& password, ByteView salt, const ScryptCost& cost) {
  Secret out{Bytes(32)};
  const auto text = as_text(password.bytes());
  const int ok = EVP_PBE_scrypt(text.data(), text.size(), raw(salt), salt.size(), std::uint64_t{1} << cost.log2_n, cost.r, cost.p,
                                2 * kMaxMemory, raw(out.writable().data()), out.size());
  if (ok != 1) throw Error(ErrorCode::internal, "scrypt failed: most likely there is not enough memory");
  return out;
}

SlotKeys slot_keys(ByteView slot, const Key& key) {
  const ByteView salt = slot.subspan(kAtSalt, kSaltSize);
  const Secret k = key.kind == Key::Kind::passphrase ? stretch(key.secret, salt, cost_in(slot)) : key.secret;
  return {hkdf_sha256(k.bytes(), salt, "slot/enc/v1", 32), hkdf_sha256(k.bytes(), salt, "slot/com/v1", 32)};
}

[[noreturn]] void damaged(const std::string& object, const char* why) { throw Error(ErrorCode::corrupt, object + ": " + why); }

// Returns whether the error is about this slot only, and not about the other slots or the storage.
bool is_damage(const Error& error) { return error.code() != ErrorCode::wrong_key && is_unreadable(error); }

bool is_slot_name(std::string_view name) {
  const std::string_view id = name.substr(std::min(name.size(), kSlotPrefix.size()));
  return name.starts_with(kSlotPrefix) && id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Called while another error is thrown, which matters more than one of the removal.
void take_back(Storage& storage, const std::string& name) noexcept {
  try {
    storage.remove(name);
  } catch (...) {
  }
}

// Counts this repository's slots, as far as that is known without a key.
std::size_t count_ours(Storage& storage, const std::string& repository_id) {
  std::size_t ours = 0;
  for (const SlotInfo& slot : describe_slots(storage, repository_id)) ours += slot.state == SlotState::ours ? 1 : 0;
  return ours;
}

// Finds the first slot other than `except` that `key` opens.
std::optional<std::string> find_opening(Storage& storage, const Key& key, const std::string& repository_id, const std::string& except) {
  for (const std::string& name : list_slots(storage)) {
    if (name == except) continue;
    try {
      const Bytes slot = get(storage, name, kSlotSize);
      if (check_slot(slot, name, repository_id) == SlotState::foreign) continue;
      open_slot(slot, name, key);
      return name;
    } catch (const Error& error) {
      if (!is_damage(error) && error.code() != ErrorCode::wrong_key && error.code() != ErrorCode::not_found) throw;
    }
  }
  return std::nullopt;
}

}  // namespace

Key passphrase(Secret secret) {
  if (secret.empty()) throw Error(ErrorCode::invalid_argument, "the password is empty");
  return {Key::Kind::passphrase, std::move(secret)};
}

Key passphrase(std::string_view text) { return passphrase(Secret(text)); }

Key raw_key(Secret thirty_two_bytes) {
  if (thirty_two_bytes.size() != 32) {
    throw Error(ErrorCode::invalid_argument, "a raw key has 32 bytes, not " + std::to_string(thirty_two_bytes.size()));
  }
  return {Key::Kind::raw, std::move(thirty_two_bytes)};
}

Bytes make_slot(const Key& key, const std::string& slot_id, const std::string& repository_id, const Secret& master, ScryptCost cost,
                Random& random) {
  Bytes slot(kSlotSize);
  put(slot, 0, as_bytes(kMagic));
  slot[kAtVersion] = kSlotVersion;
  slot[kAtType] = type_of(key);
  if (key.kind == Key::Kind::passphrase) {
    slot[kAtLog2N] = static_cast<std::byte>(cost.log2_n);
    std::byte* numbers = slot.data() + kAtR;  // p follows r
    put_number(numbers, cost.r);
    put_number(numbers, cost.p);
  }
  put(slot, kAtId, from_hex(slot_id));
  put(slot, kAtRepository, from_hex(repository_id));
  random.fill(std::span(slot).subspan(kAtSalt, kSaltSize));

  const SlotKeys keys = slot_keys(slot, key);
  // The salt of each slot is its own, so each key encrypts once.
  gcm_seal_once(keys.encryption, ByteView(slot).first(kAtBody), master.bytes(), slot.data() + kAtBody);
  put(slot, kAtCommitment, hmac_sha256(keys.commitment.bytes(), ByteView(slot).first(kAtCommitment)));
  put(slot, kAtHash, sha256(ByteView(slot).first(kAtHash)));
  return slot;
}

SlotState check_slot(ByteView slot, const std::string& object, const std::string& repository_id) {
  if (slot.size() != kSlotSize || !equal(slot.first(kMagic.size()), as_bytes(kMagic))) damaged(object, "is damaged: not a key slot");
  if (!equal(slot.subspan(kAtHash, kHashSize), sha256(slot.first(kAtHash)))) damaged(object, "is damaged: its SHA-256 does not match");
  if (slot[kAtVersion] != kSlotVersion) {
    throw Error(ErrorCode::unsupported, object + ": is a key slot of version " + std::to_string(std::to_integer<int>(slot[kAtVersion])) +
                                            "; this holdfast knows version 1: use a newer one");
  }
  if (slot[kAtType] != std::byte{1} && slot[kAtType] != std::byte{2}) damaged(object, "has an unknown type");
  const ScryptCost cost = cost_in(slot);
  const bool scrypt = slot[kAtType] == std::byte{1};
  const bool fits = scrypt ? within_bounds(cost) : cost.log2_n == 0 && cost.r == 0 && cost.p == 0;
  if (!fits || slot[kAtReserved] != std::byte{0}) damaged(object, "has scrypt parameters outside the format's bounds");
  if (object != std::string(kSlotPrefix) + to_hex(slot.subspan(kAtId, 8))) damaged(object, "has the id of another slot");
  return to_hex(slot.subspan(kAtRepository, 16)) == repository_id ? SlotState::ours : SlotState::foreign;
}

Secret open_slot(ByteView slot, const std::string& object, const Key& key) {
  const auto wrong = [&object] { return Error(ErrorCode::wrong_key, object + ": the key or password does not open it"); };
  if (slot[kAtType] != type_of(key)) throw wrong();
  const SlotKeys keys = slot_keys(slot, key);
  const Bytes commitment = hmac_sha256(keys.commitment.bytes(), slot.first(kAtCommitment));
  if (!constant_time_equal(commitment, slot.subspan(kAtCommitment, commitment.size()))) throw wrong();
  Secret master{Bytes(kMasterSize)};
  const ByteView body = slot.subspan(kAtBody, kMasterSize + kGcmTagSize);
  if (!gcm_open_once(keys.encryption, slot.first(kAtBody), body, master.writable().data())) {
    damaged(object, "is damaged: the wrapped key does not decrypt");
  }
  return master;
}

std::string add_slot(Storage& storage, const Key& key, const std::string& repository_id, const Secret& master, ScryptCost cost,
                     Random& random) {
  Bytes id(8);
  random.fill(id);
  const std::string name = std::string(kSlotPrefix) + to_hex(id);
  if (storage.put_new(name, make_slot(key, to_hex(id), repository_id, master, cost, random)) == PutResult::already_exists) {
    throw Error(ErrorCode::internal, name + ": exists already; the random generator repeats itself");
  }
  return name;
}

std::string add_checked_slot(Storage& storage, const Key& key, const std::string& repository_id, const Secret& master, ScryptCost cost,
                             Random& random) {
  if (count_ours(storage, repository_id) >= kMaxSlots) {
    throw Error(ErrorCode::limit,
                "keys/: has " + std::to_string(kMaxSlots) + " key slots, and no more are tried with a password: remove one first");
  }
  const std::string name = add_slot(storage, key, repository_id, master, cost, random);
  try {
    const Bytes slot = get(storage, name, kSlotSize);
    const bool opens =
        check_slot(slot, name, repository_id) == SlotState::ours && constant_time_equal(open_slot(slot, name, key).bytes(), master.bytes());
    if (!opens) damaged(name, "the new key slot does not open the repository");
  } catch (...) {
    take_back(storage, name);
    throw;
  }
  return name;
}

void remove_slot(Storage& storage, const std::string& name, const Key& key, const std::string& repository_id) {
  if (!is_slot_name(name)) throw Error(ErrorCode::invalid_argument, name + ": is not the name of a key slot");
  const Bytes removed = get(storage, name, kMaxRemoved);
  const std::optional<std::string> other = find_opening(storage, key, repository_id, name);
  if (!other) {
    throw Error(ErrorCode::invalid_state,
                name + ": not removed, because the given key or password opens none of the other slots: give one that does");
  }
  storage.remove(name);
  // Two removals at the same time, each of which keeps the slot that the other removes, must not remove both. Each
  // checks after its removal, so at least one of them notices.
  if (storage.stat(*other)) return;
  storage.put_new(name, removed);
  throw Error(ErrorCode::conflict, name + ": not removed, because " + *other + ", which had to stay, was removed at the same time");
}

std::vector<SlotInfo> describe_slots(Storage& storage, const std::string& repository_id) {
  std::vector<SlotInfo> slots;
  for (const std::string& name : list_slots(storage)) {
    try {
      const Bytes slot = get(storage, name, kSlotSize);
      const SlotState state = check_slot(slot, name, repository_id);
      slots.push_back({name, state, slot[kAtType] == std::byte{1} ? Key::Kind::passphrase : Key::Kind::raw, {}});
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) continue;  // removed meanwhile
      if (!is_damage(error)) throw;
      slots.push_back({.name = name, .damage = error.message()});
    }
  }
  return slots;
}

std::vector<std::string> list_slots(Storage& storage) {
  std::vector<ObjectInfo> slots;
  storage.list(kSlotPrefix, [&slots](const ObjectInfo& info) {
    if (is_slot_name(info.name)) slots.push_back(info);
    return true;
  });
  // Oldest first: slots that somebody adds to make opening slow, or to hide ours, are newer than ours.
  std::ranges::stable_sort(slots, {}, &ObjectInfo::modified);
  std::vector<std::string> names;
  for (ObjectInfo& slot : slots) names.push_back(std::move(slot.name));
  return names;
}

Secret open_any_slot(Storage& storage, const Key& key, const std::string& repository_id) {
  std::optional<Error> damage;
  std::size_t tried = 0;
  for (const std::string& name : list_slots(storage)) {
    try {
      const Bytes slot = get(storage, name, kSlotSize);
      if (check_slot(slot, name, repository_id) == SlotState::foreign) continue;
      if (tried == kMaxSlots && key.kind == Key::Kind::passphrase) break;
      ++tried;
      return open_slot(slot, name, key);
    } catch (const Error& error) {
      // A damaged slot must not prevent trying the others. An error of the storage must.
      if (is_damage(error)) {
        if (!damage) damage = error;
      } else if (error.code() != ErrorCode::wrong_key && error.code() != ErrorCode::not_found) {
        throw;
      }
    }
  }
  if (tried == 0 && damage) throw Error(damage->code() == ErrorCode::unsupported ? damage->code() : ErrorCode::corrupt, damage->message());
  if (tried == 0) throw Error(ErrorCode::corrupt, "keys/: the repository is encrypted but has no key slot left");
  const bool more = tried == kMaxSlots && key.kind == Key::Kind::passphrase;
  throw Error(ErrorCode::wrong_key, "wrong key or password: it opens none of " + std::string(more ? "the 64 oldest of " : "") +
                                        "the repository's key slots" + (damage ? " (and " + damage->message() + ")" : ""));
}

Secret plain_data_key(const Secret& master, const std::string& repository_id) {
  return hkdf_sha256(master.bytes(), from_hex(repository_id), "holdfast/plain/v1/data", 32);
}

}  // namespace holdfast
