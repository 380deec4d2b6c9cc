#include "repository/packed/key_ring.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "repository/packed/sealed.hpp"
#include "support/packed_keys.hpp"
#include "support/storage_double.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;
using nlohmann::json;

namespace {

using Step = HookedStorage::Step;
struct Crash {};

const Bytes kFormatHash = sha256(as_bytes("format"));

// A storage with one ring of generation 1.
struct Rings {
  Rings() { put_ring(storage, KeyRing::make(kRepositoryId, kFormatHash, clock.now(), system_random()), master, system_random()); }

  KeyRing read() { return read_ring(storage, master, kRepositoryId, kFormatHash); }
  /// Returns the rings that reading skips.
  std::vector<std::string> told() {
    std::vector<std::string> names;
    read_ring(storage, master, kRepositoryId, kFormatHash, [&](const std::string& name, const Error&) { names.push_back(name); });
    return names;
  }
  KeyRing rotate(const KeyRing& ring) { return rotate_data_key(storage, ring, master, clock.now(), system_random()); }
  KeyRing rotate() { return rotate(read()); }
  std::string name(std::uint32_t generation) const { return ring_name(kRepositoryId, generation); }

  StandingClock clock;
  HookedStorage storage{clock};
  Secret master{counted(9)};
};

// Returns the message of the Error{corrupt} that reading throws, "" if it throws none.
std::string damage(Rings& rings) {
  try {
    rings.read();
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::corrupt);
    return error.message();
  }
  return {};
}

bool holds_all_of(const KeyRing& newer, const KeyRing& older) {
  if (newer.roots().size() < older.roots().size()) return false;
  for (std::size_t i = 0; i < older.roots().size(); ++i) {
    if (newer.roots()[i].generation != older.roots()[i].generation) return false;
    if (!constant_time_equal(newer.roots()[i].key.bytes(), older.roots()[i].key.bytes())) return false;
  }
  return constant_time_equal(newer.id_key().bytes(), older.id_key().bytes()) &&
         constant_time_equal(newer.chunker_key().bytes(), older.chunker_key().bytes());
}

std::optional<ErrorCode> decoding(const json& members) {
  const Bytes content = encode_cbor(members);
  return code_thrown([&] { KeyRing::decode(content, kRepositoryId, "ring"); });
}

}  // namespace

TEST_CASE("a ring is decoded from its bytes with every key") {
  const KeyRing ring = KeyRing::make(kRepositoryId, kFormatHash, parse_time("2026-11-20T18:04:11.123456Z"), system_random());
  const KeyRing longer = ring.with_new_root(2, parse_time("2027-01-01T00:00:00Z"), system_random());
  const KeyRing back = KeyRing::decode(longer.encode(), kRepositoryId, "ring");
  CHECK(holds_all_of(back, longer));
  CHECK(back.format_sha256() == kFormatHash);
  CHECK(back.repository_id() == kRepositoryId);
  CHECK(back.generation() == 2);
  CHECK(format_time_micros(back.roots()[0].created) == "2026-11-20T18:04:11.123456Z");
  for (const Secret* key : {&back.id_key(), &back.chunker_key(), &back.roots()[0].key, &back.roots()[1].key}) CHECK(key->size() == 32);
  CHECK_FALSE(constant_time_equal(back.roots()[0].key.bytes(), back.roots()[1].key.bytes()));
}

TEST_CASE("class keys differ by class, generation and repository") {
  const KeyRing ring = counted_ring();
  CHECK(to_hex(ring.class_key(7, "pack").bytes()) ==
        to_hex(hkdf_sha256(counted(32), from_hex(kRepositoryId), "holdfast/packed/v1/pack", 32).bytes()));
  const auto differ = [](const Secret& a, const Secret& b) { return !constant_time_equal(a.bytes(), b.bytes()); };
  CHECK(differ(ring.class_key(7, "pack"), ring.class_key(7, "index")));
  CHECK(differ(ring.class_key(7, "pack"), ring.class_key(3, "pack")));
  CHECK(differ(ring.class_key(7, "pack"), counted_ring(std::string(32, '0')).class_key(7, "pack")));
  for (const std::uint32_t missing : {0U, 4U, 8U}) {
    CHECK(code_thrown([&] { ring.class_key(missing, "pack"); }) == ErrorCode::corrupt);
  }
}

TEST_CASE("everybody computes the same master key of a repository without encryption") {
  CHECK(to_hex(open_master(kRepositoryId).bytes()) == "91559c16fcbd6fdfa483ebdf4e0ac6a00654b8c0162a14e2c95aea72360ef07d");
}

TEST_CASE("a ring that lacks a key, or has one of another size, or roots out of order, is refused") {
  CHECK(decoding(ring_members()) == std::nullopt);
  json unknown = ring_members();
  unknown["later"] = "member";
  CHECK(decoding(unknown) == std::nullopt);
  for (const char* key : {"format", "id_key", "chunker_key", "roots"}) {
    CAPTURE(key);
    json missing = ring_members(), other = ring_members();
    missing.erase(key);
    other[key] = to_binary(Bytes(31));
    CHECK(decoding(missing) == ErrorCode::corrupt);
    CHECK(decoding(other) == ErrorCode::corrupt);
  }
  const auto with_root = [](const char* key, const json& value) {
    json members = ring_members();
    members["roots"][1][key] = value;
    return decoding(members);
  };
  CHECK(with_root("generation", 4) == std::nullopt);
  CHECK(with_root("generation", 3) == ErrorCode::corrupt);
  CHECK(with_root("generation", 0) == ErrorCode::corrupt);
  CHECK(with_root("generation", std::uint64_t{1} << 32) == ErrorCode::corrupt);
  CHECK(with_root("generation", "5") == ErrorCode::corrupt);
  CHECK(with_root("key", to_binary(Bytes(33))) == ErrorCode::corrupt);
  CHECK(with_root("created", "today") == ErrorCode::corrupt);
  json none = ring_members(), odd = ring_members();
  none["roots"] = json::array();
  odd["roots"].push_back(7);
  CHECK(decoding(none) == ErrorCode::corrupt);
  CHECK(decoding(odd) == ErrorCode::corrupt);
}

TEST_CASE("rotating keeps the old roots and removes the old rings") {
  Rings rings;
  const KeyRing first = rings.read();
  const Bytes sealed = seal_object(first, ObjectClass::backup, "backups/a", as_bytes("old"), system_random());
  const KeyRing second = rings.rotate(), third = rings.rotate();
  CHECK(holds_all_of(second, first));
  CHECK(holds_all_of(third, second));
  CHECK(third.generation() == 3);
  CHECK(rings.storage.objects().size() == 1);
  CHECK(rings.storage.objects().contains(rings.name(3)));
  CHECK(as_text(open_object(rings.read(), ObjectClass::backup, "backups/a", sealed, "a")) == "old");
}

TEST_CASE("a rotation that dies before or after any of its effects leaves a ring that opens with every old key, and can be repeated") {
  int point = 0;
  for (bool done = false; !done; ++point) {
    CAPTURE(point);
    Rings rings;
    rings.rotate();
    const KeyRing before = rings.read();
    int left = point;
    bool crashed = false;
    rings.storage.set_hook([&](const Step& step) {
      if (!crashed && (!step.effect() || left-- > 0)) return;
      crashed = true;
      throw Crash{};
    });
    try {
      rings.rotate(before);
      done = true;
    } catch (const Crash&) {
    }
    rings.storage.set_hook({});
    const KeyRing after = rings.read();
    CHECK(holds_all_of(after, before));
    const KeyRing again = rings.rotate();
    CHECK(again.generation() == after.generation() + 1);
    CHECK(holds_all_of(again, after));
    CHECK(rings.storage.objects().size() == 1);
  }
  CHECK(point == 5);  // before and after put and remove, and once to the end
}

TEST_CASE("of two concurrent rotations, at any moment of the first, only those succeed whose key is in the final ring") {
  for (const int others : {1, 2}) {
    int happened = 0;
    for (int point = 0;; ++point) {
      CAPTURE(others);
      CAPTURE(point);
      Rings rings;
      const KeyRing before = rings.read();
      int left = point;
      bool ran = false;
      rings.storage.set_hook([&](const Step&) {
        if (ran || left-- > 0) return;
        ran = true;
        for (int i = 0; i < others; ++i) rings.rotate();
      });
      std::optional<KeyRing> mine;
      try {
        mine = rings.rotate(before);
      } catch (const Error& error) {
        const bool expected = error.code() == ErrorCode::conflict || error.code() == ErrorCode::not_found;
        CHECK_MESSAGE(expected, error.message());
      }
      rings.storage.set_hook({});
      const KeyRing after = rings.read();
      CHECK(holds_all_of(after, before));
      if (mine) CHECK(holds_all_of(after, *mine));
      if (!ran) break;
      ++happened;
    }
    CHECK(happened > 8);
  }
}

TEST_CASE("a rotation that starts from an old ring is refused, however old") {
  for (const int others : {1, 2, 3}) {
    Rings rings;
    const KeyRing old = rings.read();
    for (int i = 0; i < others; ++i) rings.rotate();
    const auto objects = rings.storage.objects();
    CHECK(code_thrown([&] { rings.rotate(old); }) == ErrorCode::conflict);
    CHECK(rings.storage.objects() == objects);
  }
}

TEST_CASE("of two rings the newer one counts") {
  Rings rings;
  const KeyRing next = rings.read().with_new_root(2, rings.clock.now(), system_random());
  put_ring(rings.storage, next, rings.master, system_random());
  CHECK(rings.storage.objects().size() == 2);
  CHECK(holds_all_of(rings.read(), next));
}

TEST_CASE("a newest ring that does not open is reported, and the newest that opens is used: anyone may put such a ring") {
  Rings rings;
  const KeyRing next = rings.read().with_new_root(2, rings.clock.now(), system_random());
  put_ring(rings.storage, next, rings.master, system_random());
  const Bytes whole = rings.storage.objects().at(rings.name(2));
  Bytes bytes = whole;
  bytes[80] ^= std::byte{1};
  for (const Bytes& damaged : {bytes, Bytes(1U << 20), Bytes(), rings.storage.objects().at(rings.name(1))}) {
    rings.storage.set(rings.name(2), damaged);
    CHECK(rings.read().generation() == 1);
    CHECK(rings.told() == std::vector{rings.name(2)});
  }
  rings.storage.set(rings.name(2), whole);
  CHECK(rings.read().generation() == 2);
  CHECK(rings.told().empty());
  rings.storage.erase(rings.name(2));
  CHECK(rings.read().generation() == 1);
}

TEST_CASE("a rotation skips generations whose names are taken, and a ring that is restored later loses no key") {
  Rings rings;
  const KeyRing first = rings.read();
  const KeyRing second = rings.rotate(first);
  const Bytes whole = rings.storage.objects().at(rings.name(2));
  rings.storage.erase(rings.name(2));
  put_ring(rings.storage, first, rings.master, system_random());
  for (const int generation : {2, 3}) rings.storage.set(rings.name(generation), Bytes(100));
  CHECK(rings.rotate(rings.read()).generation() == 4);
  CHECK(rings.storage.objects().size() == 3);
  rings.storage.set(rings.name(2), whole);
  const KeyRing all = rings.read();
  CHECK(all.roots().size() == 3);
  CHECK(holds_all_of(all, second));
  CHECK(rings.told() == std::vector{rings.name(3)});
}

TEST_CASE("a ring whose name and content disagree is refused, even if it was sealed so") {
  Rings rings;
  const KeyRing ring = rings.read();
  rings.storage.set(rings.name(9), seal_ring(rings.master, kRepositoryId, rings.name(9), ring.encode(), system_random()));
  CHECK(rings.read().generation() == 1);
  CHECK(rings.told() == std::vector{rings.name(9)});
}

TEST_CASE("a ring of another format is refused, and so is a repository without a ring") {
  Rings rings;
  CHECK(code_thrown([&] { read_ring(rings.storage, rings.master, kRepositoryId, sha256(as_bytes("other"))); }) == ErrorCode::corrupt);
  CHECK(code_thrown([&] { read_ring(rings.storage, Secret(counted(10)), kRepositoryId, kFormatHash); }) == ErrorCode::corrupt);
  rings.storage.erase(rings.name(1));
  CHECK(damage(rings).starts_with("keys/ring-"));
}

TEST_CASE("a ring left by an attempt to create another repository, and unknown names, are skipped") {
  Rings rings;
  const std::string other(32, 'a');
  put_ring(rings.storage, KeyRing::make(other, kFormatHash, rings.clock.now(), system_random()), rings.master, system_random());
  for (const char* name :
       {"keys/ring-", "keys/ring-zzzzzzzz-0011223344556677", "keys/ring-0000000F-0011223344556677", "keys/ring-00000002"}) {
    rings.storage.set(name, Bytes(10));
  }
  CHECK(rings.read().generation() == 1);
}

TEST_CASE("a ring that a rotation removes between listing and reading is searched again") {
  Rings rings;
  bool rotated = false;
  rings.storage.set_hook([&](const Step& step) {
    if (rotated || step.operation != "read") return;
    rotated = true;
    rings.rotate();
  });
  CHECK(rings.read().generation() == 2);
}

TEST_CASE("a ring that the storage changed is not reported as written") {
  Rings rings;
  const KeyRing next = rings.read().with_new_root(2, rings.clock.now(), system_random());
  rings.storage.set_hook([&](const Step& step) {
    if (step.operation == "put" && step.when == HookedStorage::When::after) rings.storage.set(step.object, Bytes(200));
  });
  CHECK(code_thrown([&] { put_ring(rings.storage, next, rings.master, system_random()); }) == ErrorCode::corrupt);
}

TEST_CASE("putting the same ring again is no conflict, but another one of the same generation is") {
  Rings rings;
  const KeyRing ring = rings.read();
  CHECK(put_ring(rings.storage, ring, rings.master, system_random()) == rings.name(1));
  const KeyRing other = KeyRing::make(kRepositoryId, kFormatHash, rings.clock.now(), system_random());
  CHECK(code_thrown([&] { put_ring(rings.storage, other, rings.master, system_random()); }) == ErrorCode::conflict);
  CHECK(holds_all_of(rings.read(), ring));
}
