#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "repository/format.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const std::string kRepository = "00112233445566778899aabbccddeeff";
const std::string kSlot = "0011223344556677";
const std::string kName = "keys/slot-" + kSlot;

Secret master() { return Secret(std::string_view("MASTERMASTERMASTERMASTERMASTERMA")); }

Bytes slot_for(const Key& key) { return make_slot(key, kSlot, kRepository, master(), kCheap, system_random()); }

// Anyone who can write to the storage can do this: put any bytes under a matching hash.
Bytes rehashed(Bytes slot) {
  const Bytes hash = sha256(ByteView(slot).first(156));
  std::copy(hash.begin(), hash.end(), slot.begin() + 156);
  return slot;
}

ErrorCode check_code(const Bytes& slot) {
  return code_of([&] { check_slot(slot, kName, kRepository); });
}

}  // namespace

TEST_CASE("a slot returns the master key for its password or raw key, and for no other") {
  for (const Key& key : {passphrase("correct horse"), test_key()}) {
    const Bytes slot = slot_for(key);
    CHECK(slot.size() == kSlotSize);
    CHECK(check_slot(slot, kName, kRepository) == SlotState::ours);
    CHECK(as_text(open_slot(slot, kName, key).bytes()) == as_text(master().bytes()));
    CHECK(code_of([&] { open_slot(slot, kName, passphrase("correct horsf")); }) == ErrorCode::wrong_key);
    CHECK(code_of([&] { open_slot(slot, kName, raw_key(Secret(std::string_view("1123456789abcdef0123456789abcdef")))); }) ==
          ErrorCode::wrong_key);
  }
  CHECK(check_slot(slot_for(test_key()), kName, std::string(32, '0')) == SlotState::foreign);
}

TEST_CASE("a forged slot is refused before it costs time or memory") {
  const Bytes good = slot_for(passphrase("p"));
  const auto forged = [&good](std::size_t at, int value) {
    Bytes slot = good;
    slot[at] = static_cast<std::byte>(value);
    return check_code(rehashed(slot));
  };
  CHECK(forged(8, 2) == ErrorCode::unsupported);
  CHECK(forged(9, 3) == ErrorCode::corrupt);
  CHECK(forged(10, 9) == ErrorCode::corrupt);    // N
  CHECK(forged(10, 21) == ErrorCode::corrupt);   // N
  CHECK(forged(10, 255) == ErrorCode::corrupt);  // N
  CHECK(forged(11, 1) == ErrorCode::corrupt);    // reserved
  CHECK(forged(12, 255) == ErrorCode::corrupt);  // r
  CHECK(forged(15, 0) == ErrorCode::corrupt);    // r
  CHECK(forged(19, 5) == ErrorCode::corrupt);    // p
  CHECK(forged(20, 9) == ErrorCode::corrupt);    // id
  CHECK(check_code(Bytes(3)) == ErrorCode::corrupt);
  const auto costs = [&good](int log2_n, int r, int p) {
    Bytes slot = good;
    slot[10] = static_cast<std::byte>(log2_n);
    slot[15] = static_cast<std::byte>(r);
    slot[19] = static_cast<std::byte>(p);
    return rehashed(slot);
  };
  CHECK(check_slot(costs(17, 8, 2), kName, kRepository) == SlotState::ours);
  CHECK(check_code(costs(18, 8, 1)) == ErrorCode::corrupt);  // each within its limit: 256 MiB of memory
  CHECK(check_code(costs(17, 8, 3)) == ErrorCode::corrupt);  // 384 MiB processed
}

TEST_CASE("a wrapped key that was changed under a matching hash does not open") {
  Bytes slot = slot_for(test_key());
  slot[80] ^= std::byte{1};
  CHECK(code_of([&] { open_slot(rehashed(slot), kName, test_key()); }) == ErrorCode::wrong_key);
}

TEST_CASE("any of several slots opens a repository, even beside a damaged or foreign one") {
  PlainRepository repo(true);
  const BackupId id = repo.backup({{"a", "1"}});
  const Secret key = open_any_slot(*repo.storage, test_key(), repo.layout->info().id);
  const std::string added = add_slot(*repo.storage, passphrase("second"), repo.layout->info().id, key, kCheap, system_random());
  add_slot(*repo.storage, passphrase("foreign"), kRepository, key, kCheap, system_random());
  CHECK(list_slots(*repo.storage).size() == 3);
  CHECK(to_text(repo.common_faults()) == "");
  repo.key = passphrase("second");
  repo.reopen();
  CHECK(repo.read(id, "a") == "1");
  const auto open = [&](const Key& with) { return code_of([&] { PlainPlace::open(repo.storage, with); }); };
  CHECK(open(passphrase("third")) == ErrorCode::wrong_key);
  CHECK(open(passphrase("foreign")) == ErrorCode::wrong_key);
  repo.storage->set(added, Bytes(kSlotSize));
  CHECK(open(test_key()) == ErrorCode{0});
  CHECK(open(passphrase("second")) == ErrorCode::wrong_key);
  CHECK(repo.common_faults().size() == 1);
}

TEST_CASE("the key must belong to the repository") {
  PlainRepository closed(true), open(false);
  CHECK(code_of([&] { PlainPlace::open(closed.storage, std::nullopt); }) == ErrorCode::wrong_key);
  CHECK(code_of([&] { PlainPlace::open(open.storage, test_key()); }) == ErrorCode::invalid_argument);
  CHECK(code_of([&] { PlainPlace::create(open.storage, test_key(), open.context, kCheap); }) == ErrorCode::already_exists);
  CHECK(code_of([] { passphrase(""); }) == ErrorCode::invalid_argument);
  CHECK(code_of([] { raw_key(Secret(std::string_view("short"))); }) == ErrorCode::invalid_argument);
}

TEST_CASE("no new repository is created in a place with backups whose format is lost") {
  PlainRepository repo(false);
  repo.backup({{"a", "1"}});
  repo.storage->erase("format");
  CHECK(code_of([&] { PlainPlace::create(repo.storage, std::nullopt, repo.context, kCheap); }) == ErrorCode::already_exists);
}

TEST_CASE("a format from the future is refused with what it needs") {
  PlainRepository repo(false);
  const auto open_with = [&](const char* layout, std::uint64_t version, const char* encryption) {
    JsonWriter members = begin_document("format", "format", kRepository);
    members.member("magic", "holdfast");
    members.member("layout", layout);
    members.member("version", version);
    members.member("created", "2026-11-20T18:00:00.000000Z");
    members.member("encryption", encryption);
    const std::string text = seal_document(std::move(members));
    const ByteView bytes = as_bytes(text);
    repo.storage->set("format", Bytes(bytes.begin(), bytes.end()));
    return code_of([&] { PlainPlace::open(repo.storage, std::nullopt); });
  };
  CHECK(open_with("plain", 1, "none") == ErrorCode{0});
  CHECK(open_with("plain", 2, "none") == ErrorCode::unsupported);
  CHECK(open_with("woven", 1, "none") == ErrorCode::unsupported);
  CHECK(open_with("plain", 1, "rot13") == ErrorCode::unsupported);
}

namespace {

// A storage with two slots: one for test_key(), one for a password.
struct TwoSlots {
  TwoSlots() : raw(add(test_key())), password(add(passphrase("first"))) {}
  std::string add(const Key& key) { return add_checked_slot(storage, key, kRepository, master(), kCheap, system_random()); }
  void remove(const std::string& name, const Key& proof) { remove_slot(storage, name, proof, kRepository); }
  bool opens(const Key& key) {
    return code_of([&] { open_any_slot(storage, key, kRepository); }) == ErrorCode{0};
  }

  StandingClock clock;
  HookedStorage storage{clock};
  std::string raw, password;
};

// Runs `change`; the process dies at effect number `point`. Returns false if it completed.
bool dies(TwoSlots& slots, int point, const std::function<void()>& change) {
  struct Crash {};
  bool crashed = false;
  slots.storage.set_hook([&crashed, point](const HookedStorage::Step& step) mutable {
    if (!crashed && (!step.effect() || point-- > 0)) return;
    crashed = true;
    throw Crash{};
  });
  try {
    change();
  } catch (const Crash&) {
  }
  slots.storage.set_hook({});
  return crashed;
}

}  // namespace

TEST_CASE("a new slot is reported only after it was read back and opened") {
  TwoSlots slots;
  CHECK(slots.opens(test_key()));
  CHECK(slots.opens(passphrase("first")));
  slots.storage.set_hook([&slots](const HookedStorage::Step& step) {
    if (step.operation != "put" || step.when != HookedStorage::When::after) return;
    Bytes slot = slots.storage.objects().at(step.object);
    slot[100] ^= std::byte{1};
    slots.storage.set(step.object, rehashed(slot));
  });
  CHECK(code_of([&] { slots.add(passphrase("second")); }) == ErrorCode::wrong_key);
  slots.storage.set_hook({});
  CHECK(list_slots(slots.storage).size() == 2);
  CHECK_FALSE(slots.opens(passphrase("second")));
}

TEST_CASE("a slot that would never be tried is not added") {
  TwoSlots slots;
  for (int i = 0; i < 62; ++i) slots.add(test_key());
  CHECK(code_of([&] { slots.add(passphrase("lost")); }) == ErrorCode::limit);
}

TEST_CASE("a slot is removed only if the given key opens another one") {
  TwoSlots slots;
  CHECK(code_of([&] { slots.remove(slots.raw, test_key()); }) == ErrorCode::invalid_state);
  CHECK(code_of([&] { slots.remove(slots.raw, passphrase("wrong")); }) == ErrorCode::invalid_state);
  CHECK(code_of([&] { slots.remove("keys/slot-0000000000000000", test_key()); }) == ErrorCode::not_found);
  CHECK(code_of([&] { slots.remove("keys/ring-00000001-0011223344556677", test_key()); }) == ErrorCode::invalid_argument);
  CHECK(code_of([&] { slots.remove("format", test_key()); }) == ErrorCode::invalid_argument);
  CHECK(slots.storage.objects().size() == 2);
  slots.remove(slots.raw, passphrase("first"));
  CHECK_FALSE(slots.opens(test_key()));
  CHECK(code_of([&] { slots.remove(slots.password, passphrase("first")); }) == ErrorCode::invalid_state);
  CHECK(slots.opens(passphrase("first")));
}

TEST_CASE("neither a damaged slot nor one of another repository counts as the one that stays") {
  TwoSlots slots;
  add_slot(slots.storage, test_key(), std::string(32, '0'), master(), kCheap, system_random());
  slots.storage.set(slots.password, Bytes(kSlotSize));
  CHECK(code_of([&] { slots.remove(slots.raw, test_key()); }) == ErrorCode::invalid_state);
  CHECK(code_of([&] { slots.remove(slots.raw, passphrase("first")); }) == ErrorCode::invalid_state);
  slots.remove(slots.password, test_key());  // the damaged one may be removed
  CHECK(slots.opens(test_key()));
}

TEST_CASE("a crash at any effect of adding or removing a slot leaves the repository open to its keys") {
  for (int point = 0;; ++point) {
    CAPTURE(point);
    TwoSlots slots;
    const bool died = dies(slots, point, [&] { slots.add(passphrase("second")); });
    CHECK(slots.opens(test_key()));
    CHECK(slots.opens(passphrase("first")));
    if (!died) break;
  }
  for (int point = 0;; ++point) {
    CAPTURE(point);
    TwoSlots slots;
    const bool died = dies(slots, point, [&] { slots.remove(slots.raw, passphrase("first")); });
    CHECK(slots.opens(passphrase("first")));
    if (!died) break;
  }
}

TEST_CASE("two concurrent removals that rely on each other's slots never remove both") {
  int conflicts = 0;
  for (int point = 0;; ++point) {
    CAPTURE(point);
    TwoSlots slots;
    int left = point;
    bool ran = false;
    slots.storage.set_hook([&](const HookedStorage::Step&) {
      if (ran || left-- > 0) return;
      ran = true;
      const ErrorCode code = code_of([&] { slots.remove(slots.password, test_key()); });
      if (code == ErrorCode::conflict) ++conflicts;
    });
    const ErrorCode code = code_of([&] { slots.remove(slots.raw, passphrase("first")); });
    if (code == ErrorCode::conflict) ++conflicts;
    slots.storage.set_hook({});
    const bool open = slots.opens(test_key()) || slots.opens(passphrase("first"));
    CHECK(open);
    if (!ran) break;
  }
  CHECK(conflicts > 0);
}

TEST_CASE("slots are described without a key: repository, kind and damage") {
  TwoSlots slots;
  const std::string foreign = add_slot(slots.storage, test_key(), std::string(32, '0'), master(), kCheap, system_random());
  const std::string damaged = slots.add(passphrase("x"));
  slots.storage.set(damaged, Bytes(7));
  const std::vector<SlotInfo> infos = describe_slots(slots.storage, kRepository);
  CHECK(infos.size() == 4);
  for (const SlotInfo& info : infos) {
    if (info.name == damaged) {
      CHECK(info.state == SlotState::damaged);
      CHECK(info.damage.starts_with(damaged));
      continue;
    }
    CHECK(info.damage.empty());
    CHECK(info.state == (info.name == foreign ? SlotState::foreign : SlotState::ours));
    CHECK(info.kind == (info.name == slots.password ? Key::Kind::passphrase : Key::Kind::raw));
  }
}
