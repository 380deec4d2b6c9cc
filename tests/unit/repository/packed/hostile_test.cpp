// Hostile objects, of authors with and without the key: each causes a clear error within 2 s of processor time and 256
// MiB.

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <zstd.h>

#include <fstream>

#include "base/aes_gcm.hpp"
#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "support/cbor_json.hpp"
#include "support/child.hpp"
#include "support/packed_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

// Sanitizers exceed any memory limit, and take ten times as long.
void limit_this_process() {
#ifdef HOLDFAST_SANITIZED
  const rlimit time{20, 20};
#else
  const rlimit time{2, 2};
#endif
  ::setrlimit(RLIMIT_CPU, &time);
#ifndef HOLDFAST_SANITIZED
  constexpr rlim_t kMemory = 256U << 20;
  rlim_t pages = 0, ignored = 0;
  std::ifstream sizes("/proc/self/statm");
  sizes >> ignored >> ignored >> ignored >> ignored >> ignored >> pages;  // the sixth number: data and stack
  const rlim_t all = pages * 4096 + kMemory;
  const rlimit memory{all, all};
  ::setrlimit(RLIMIT_DATA, &memory);
#endif
}

/// Runs `run` in a process of its own with these limits. Returns what it throws, as "code: message", or "nothing".
std::string thrown_by(const std::function<void()>& run) {
  return testing::in_child([&run]() -> std::string {
    limit_this_process();
    try {
      run();
    } catch (const Error& error) {
      return std::string(to_string(error.code())) + ": " + error.message();
    }
    return "nothing";
  });
}

void check_refused(const std::string& thrown, const std::string& code, const std::string& object) {
  CHECK_MESSAGE(thrown.starts_with(code + ": "), thrown);
  CHECK_MESSAGE(thrown.find(object) != std::string::npos, thrown);
}

/// A repository with one backup, parts of which are replaced.
struct Hostile {
  Hostile() { backup = repo.backup({{"a", "one"}, {"b", "two"}}); }

  /// Returns what opening the repository and using the backup throws.
  std::string use() {
    return thrown_by([this] {
      repo.reopen();
      const auto manifest = repo.layout->manifest(backup, repo.context);
      for (const EntryRecord& entry : manifest->entries) read_all(*repo.layout->open_entry(entry), 1U << 20);
    });
  }

  std::string record() const { return backup_object(backup); }
  nlohmann::json members() const {
    return decode_cbor(repo.place->unseal(ObjectClass::backup, record(), repo.storage->objects().at(record())));
  }
  void put_record(const nlohmann::json& members) { put(ObjectClass::backup, record(), encode_cbor(members)); }
  void put(ObjectClass object_class, const std::string& object, ByteView content) {
    repo.storage->set(object, seal_object(repo.place->ring(), object_class, object, content, *repo.context.host.random));
  }
  void put_segment_content(ByteView content) {
    repo.erase("index/");
    const Bytes sealed = seal_object(repo.place->ring(), ObjectClass::index, "", content, *repo.context.host.random);
    repo.storage->set("index/" + sha256_hex(sealed), sealed);
  }

  PackedRepository repo;
  BackupId backup;
};

Bytes compressed(ByteView plain) {
  Bytes frame(ZSTD_compressBound(plain.size()));
  frame.resize(ZSTD_compress(frame.data(), frame.size(), plain.data(), plain.size(), 1));
  return frame;
}

constexpr std::uint64_t kHuge = std::uint64_t{1} << 63U;

}  // namespace

TEST_CASE("a wrong password or key is distinguished from damage, and a repository without a slot from both") {
  Hostile hostile;
  hostile.repo.key = raw_key(Secret(std::string_view("not the key, though of its size.")));
  check_refused(hostile.use(), "wrong_key", "");
  hostile.repo.key = passphrase("a password");
  check_refused(hostile.use(), "wrong_key", "");
  hostile.repo.key = test_key();
  CHECK(hostile.use() == "nothing");
  hostile.repo.erase("keys/slot-");
  check_refused(hostile.use(), "corrupt", "keys/");
}

TEST_CASE("a repository, a slot and an object of a future version are refused with the advice to use a newer holdfast") {
  Hostile hostile;
  const std::map<std::string, Bytes> objects = hostile.repo.storage->objects();
  const auto with_byte = [&](const std::string& object, std::size_t at, int value) {
    Bytes bytes = objects.at(object);
    bytes[at] = static_cast<std::byte>(value);
    return bytes;
  };
  hostile.repo.storage->set(hostile.record(), with_byte(hostile.record(), 4, 2));
  check_refused(hostile.use(), "unsupported", hostile.record());
  hostile.repo.storage->set(hostile.record(), objects.at(hostile.record()));

  std::string format(as_text(objects.at("format")));
  const std::size_t version = format.find("\"version\": 1");
  REQUIRE(version != std::string::npos);
  format[version + 11] = '2';
  const std::string body = format.substr(0, format.rfind(",\n \"sha256\""));
  format = body + ",\n \"sha256\": \"" + sha256_hex(as_bytes(body)) + "\"\n}\n";
  const ByteView bytes = as_bytes(format);
  hostile.repo.storage->set("format", Bytes(bytes.begin(), bytes.end()));
  check_refused(hostile.use(), "unsupported", "");
  hostile.repo.storage->set("format", objects.at("format"));

  const std::string slot = *hostile.repo.names("keys/slot-").begin();
  Bytes later = with_byte(slot, 8, 2);
  const Bytes hash = sha256(ByteView(later).first(later.size() - 32));
  std::copy(hash.begin(), hash.end(), later.end() - 32);
  hostile.repo.storage->set(slot, later);
  check_refused(hostile.use(), "unsupported", slot);
}

TEST_CASE("an object of another repository is detected") {
  Hostile hostile, other;
  hostile.repo.storage->set(hostile.record(), other.repo.storage->objects().at(other.record()));
  const std::string thrown = hostile.use();
  check_refused(thrown, "corrupt", hostile.record());
  CHECK(thrown.find("another repository") != std::string::npos);
}

TEST_CASE("a backup record with false sizes or counts is refused") {
  Hostile hostile;
  const nlohmann::json good = hostile.members();
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t lie : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1'000'000}, kHuge, most}) {
    for (const char* member : {"entry_count", "plain_bytes"}) {
      nlohmann::json record = good;
      record[member] = lie;
      CAPTURE(member);
      CAPTURE(lie);
      hostile.put_record(record);
      check_refused(hostile.use(), "corrupt", hostile.record());
    }
    for (const char* member : {"bytes", "depth"}) {
      if (lie == 0 && std::string_view(member) == "depth") continue;  // the correct value
      nlohmann::json record = good;
      record["entries"][member] = lie;
      CAPTURE(member);
      CAPTURE(lie);
      hostile.put_record(record);
      CHECK(hostile.use().starts_with("corrupt: "));
    }
  }
  nlohmann::json record = good;
  record["sources"] = nlohmann::json::array();
  hostile.put_record(record);
  check_refused(hostile.use(), "corrupt", hostile.record());
}

TEST_CASE("CBOR that promises more than follows, or is nested endlessly, is refused") {
  Hostile hostile;
  const auto check = [&](const std::string& begin, std::size_t repeated, const std::string& unit) {
    Bytes content = from_hex(begin);
    const Bytes more = from_hex(unit);
    for (std::size_t times = 0; times < repeated; ++times) content.insert(content.end(), more.begin(), more.end());
    CAPTURE(begin);
    CAPTURE(unit);
    hostile.put(ObjectClass::backup, hostile.record(), content);
    check_refused(hostile.use(), "corrupt", hostile.record());
  };
  check("a16161", 3'000'000, "81");      // [[[[…
  check("a16161", 1'000'000, "a16161");  // {"a":{"a":…
  check("bbffffffffffffffff", 0, "");    // a map of 2^64-1
  check("a161619b7fffffffffffffff", 4'000'000, "80");
  check("a161615bffffffffffffffff", 10, "00");
  check("a161617b8000000000000000", 10, "61");
}

TEST_CASE("an index segment that is a bomb, or has false counts, does no harm: the packs' headers are read") {
  Hostile hostile;
  const auto check = [&](const std::string& what, ByteView content) {
    CAPTURE(what);
    hostile.put_segment_content(content);
    CHECK(hostile.use() == "nothing");
    const std::string segment = *hostile.repo.names("index/").begin();
    const std::string faults = testing::in_child([&] {
      limit_this_process();
      return to_text(hostile.repo.common_faults());
    });
    CHECK_MESSAGE(faults.find(segment) != std::string::npos, faults);
  };
  check("32 MiB and a byte", compressed(Bytes((32U << 20) + 1)));
  check("much that is nothing", compressed(Bytes(32U << 20)));
  Bytes endless = compressed(Bytes(100));
  endless[4] = std::byte{0x20};  // one byte gives the content's size: another size
  endless[5] = std::byte{0xff};
  check("another size than it says", endless);
  Bytes many(44);
  append_number(many, std::uint32_t{0xffffffff});
  many[33] = std::byte{1};  // 64 KiB of pack, and a table that counts 2^32-1 frames
  many[43] = std::byte{4};
  check("2^32-1 frames", compressed(many));
  check("packs without end", compressed([] {
          Bytes packs;
          while (packs.size() < (30U << 20)) {
            packs.resize(packs.size() + 33);
            packs.insert(packs.end(), {std::byte{1}, std::byte{0}, std::byte{0}});
            packs.resize(packs.size() + 8);
            packs.insert(packs.end(), {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{4}});
            packs.resize(packs.size() + 4);
          }
          return packs;
        }()));
}

TEST_CASE("a frame that decompresses to more, or less, than its pack says is refused") {
  Hostile hostile;
  const KeyRing& keys = hostile.repo.place->ring();
  const Bytes bomb = compressed(Bytes(200U << 20));  // about 20 KiB
  for (const std::uint32_t says : {1U, 1000U, kMaxFrame - 1}) {
    CAPTURE(says);
    Bytes plain;
    Bytes aad = from_hex(keys.repository_id());
    aad.push_back(static_cast<std::byte>(Codec::zstd));
    append_number(aad, says);
    Bytes stored(bomb.size() + kFrameOverhead);
    gcm_seal_once(hkdf_sha256(keys.class_key(keys.generation(), "pack").bytes(), ByteView(stored).first(32), "frame/v1", 32), aad, bomb,
                  stored.data() + 32);
    const Frame frame{.offset = kPackPreamble,
                      .stored_bytes = static_cast<std::uint32_t>(stored.size()),
                      .plain_bytes = says,
                      .codec = Codec::zstd,
                      .chunks = {}};
    check_refused(thrown_by([&] { FrameOpener().open(keys, keys.generation(), frame, stored, "packs/x", plain); }), "corrupt", "packs/x");
  }
}

TEST_CASE("a session or mark with hostile numbers is ignored, and named by verify") {
  Hostile hostile;
  const nlohmann::json huge{{"packs", nlohmann::json::array({to_binary(Bytes(31))})}, {"time", -1}};
  const std::string mark = "gc/0000000000000000", session = "sessions/write_0000000000000000.ready";
  hostile.put(ObjectClass::mark, mark, encode_cbor(huge));
  hostile.put(ObjectClass::session, session, encode_cbor({{"id", "write_0000000000000000"}, {"seen", {1, 2, 3}}}));
  CHECK(thrown_by([&] { hostile.repo.backup({{"a", "one"}}); }) == "nothing");
  CHECK(thrown_by([&] { hostile.repo.layout->collect_garbage({}, hostile.repo.context); }) == "nothing");
  const std::string found = to_text(hostile.repo.common_faults());
  for (const std::string& object : {mark, session}) CHECK(found.find(object) != std::string::npos);
}
