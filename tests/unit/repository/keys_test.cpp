#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const std::string kRepository = "00112233445566778899aabbccddeeff";
const std::string kSlot = "0011223344556677";
const std::string kName = "keys/slot-" + kSlot;

Secret master() { return Secret(std::string_view("MASTERMASTERMASTERMASTERMASTERMA")); }

Bytes slot_for(const Key& key) { return make_slot(key, kSlot, kRepository, master(), kCheap, system_random()); }

// What somebody who writes to the storage can make: any bytes under a matching hash.
Bytes rehashed(Bytes slot) {
  const Bytes hash = sha256(ByteView(slot).first(156));
  std::copy(hash.begin(), hash.end(), slot.begin() + 156);
  return slot;
}

ErrorCode check_code(const Bytes& slot) {
  return code_of([&] { check_slot(slot, kName, kRepository); });
}

}  // namespace

TEST_CASE("a slot gives the master key back to its password or raw key, and to no other") {
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
  Bytes greedy = good;  // within each bound, 2 GiB together
  greedy[10] = std::byte{20};
  greedy[15] = std::byte{16};
  CHECK(check_code(rehashed(greedy)) == ErrorCode::corrupt);
}

TEST_CASE("a wrapped key that was changed under a matching hash does not open") {
  Bytes slot = slot_for(test_key());
  slot[80] ^= std::byte{1};
  CHECK(code_of([&] { open_slot(rehashed(slot), kName, test_key()); }) == ErrorCode::wrong_key);
}

TEST_CASE("any of several slots opens a repository, also beside a damaged or foreign one") {
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

TEST_CASE("the key and the repository must go together") {
  PlainRepository closed(true), open(false);
  CHECK(code_of([&] { PlainPlace::open(closed.storage, std::nullopt); }) == ErrorCode::wrong_key);
  CHECK(code_of([&] { PlainPlace::open(open.storage, test_key()); }) == ErrorCode::invalid_argument);
  CHECK(code_of([&] { PlainPlace::create(open.storage, test_key(), open.context, kCheap); }) == ErrorCode::already_exists);
  CHECK(code_of([] { passphrase(""); }) == ErrorCode::invalid_argument);
  CHECK(code_of([] { raw_key(Secret(std::string_view("short"))); }) == ErrorCode::invalid_argument);
}

TEST_CASE("a place that holds backups but lost its format is not made a new repository") {
  PlainRepository repo(false);
  repo.backup({{"a", "1"}});
  repo.storage->erase("format");
  CHECK(code_of([&] { PlainPlace::create(repo.storage, std::nullopt, repo.context, kCheap); }) == ErrorCode::already_exists);
}

TEST_CASE("a format from the future is refused with what it needs") {
  PlainRepository repo(false);
  const auto open_with = [&](const char* layout, int version, const char* encryption) {
    const DocumentJson members{{"document", "format"},
                               {"object", "format"},
                               {"repository_id", kRepository},
                               {"magic", "holdfast"},
                               {"layout", layout},
                               {"version", version},
                               {"created", "2026-11-20T18:00:00.000000Z"},
                               {"encryption", encryption}};
    const std::string text = seal_document(members);
    const ByteView bytes = as_bytes(text);
    repo.storage->set("format", Bytes(bytes.begin(), bytes.end()));
    return code_of([&] { PlainPlace::open(repo.storage, std::nullopt); });
  };
  CHECK(open_with("plain", 1, "none") == ErrorCode{0});
  CHECK(open_with("plain", 2, "none") == ErrorCode::unsupported);
  CHECK(open_with("woven", 1, "none") == ErrorCode::unsupported);
  CHECK(open_with("plain", 1, "rot13") == ErrorCode::unsupported);
}
