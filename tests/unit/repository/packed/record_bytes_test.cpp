// The bytes of each kind of record, compared with another CBOR writer's output for the members that
// docs/format-packed.md lists.

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/packed_proofs.hpp"
#include "repository/packed/removals.hpp"
#include "support/cbor_json.hpp"
#include "support/packed_keys.hpp"
#include "support/packed_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;
using nlohmann::json;

namespace {

const TimePoint kTime{std::chrono::microseconds(1'700'000'000'000'001)};
constexpr std::int64_t kMicros = 1'700'000'000'000'001;

Hash hash_of(int first) { return to_hash(counted(first)); }

// Returns the members of an object. Its bytes must equal the other writer's.
json members_of(const PackedRepository& repo, ObjectClass object_class, const std::string& object) {
  const Bytes content = repo.place->unseal(object_class, object, repo.storage->objects().at(object));
  const json members = decode_cbor(content);
  CHECK(to_hex(encode_cbor(members)) == to_hex(content));
  return members;
}

std::vector<std::string> names_in(const json& members) {
  std::vector<std::string> names;
  for (const auto& [name, value] : members.items()) names.push_back(name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the bytes of a key ring are those of the format") {
  CHECK(to_hex(counted_ring().encode()) == to_hex(encode_cbor(ring_members())));
}

TEST_CASE("the bytes of a backup's record are those of the format") {
  const BackupRecord record{.manifest = {.id = "backup_20261120_180000_0badcafe",
                                         .started = kTime,
                                         .finished = kTime + std::chrono::seconds(1),
                                         .written_by = "holdfast 0.1.0",
                                         .tags = {{"", "empty"}, {"env", "prod"}, {"ünï", "\n"}},
                                         .sources = {{.uri = "u", .driver = "d", .name = "n", .instant = kTime, .notes = {{"rows", "1"}}}}},
                            .entries = {.depth = 2, .id = {hash_of(1)}, .bytes = 70'000},
                            .entry_count = 24,
                            .plain_bytes = ~std::uint64_t{0},
                            .source_bytes = ~std::uint64_t{0},
                            .stored_bytes = 255,
                            .previous = {{"backup_1", hash_of(2)}, {"backup_2", hash_of(3)}}};
  const json members{
      {"id", "backup_20261120_180000_0badcafe"},
      {"started", kMicros},
      {"finished", kMicros + 1'000'000},
      {"written_by", "holdfast 0.1.0"},
      {"tags", {{"", "empty"}, {"env", "prod"}, {"ünï", "\n"}}},
      {"sources", {{{"uri", "u"}, {"driver", "d"}, {"name", "n"}, {"instant", kMicros}, {"notes", {{"rows", "1"}}}}}},
      {"entries", {{"depth", 2}, {"id", to_binary(counted(1))}, {"bytes", 70'000}}},
      {"entry_count", 24},
      {"plain_bytes", ~std::uint64_t{0}},
      {"stored_bytes", 255},
      {"previous", {{{"id", "backup_1"}, {"sha256", to_binary(counted(2))}}, {{"id", "backup_2"}, {"sha256", to_binary(counted(3))}}}}};
  CHECK(to_hex(encode_record(record)) == to_hex(encode_cbor(members)));
}

TEST_CASE("the bytes of an entry are those of the format, with and without its restore command") {
  EntryRecord entry{.name = "data/a",
                    .kind = "copy",
                    .source = 1,
                    .plain_bytes = 256,
                    .content_hash = std::string(32, 'a'),
                    .tree = "0:" + to_hex(counted(4)),
                    .tree_bytes = 256,
                    .attributes = {{"table", "public.a"}}};
  json members{{"name", "data/a"},
               {"kind", "copy"},
               {"source", 1},
               {"plain_bytes", 256},
               {"content_hash", to_binary(Bytes(16, std::byte{0xaa}))},
               {"tree", {{"depth", 0}, {"id", to_binary(counted(4))}, {"bytes", 256}}},
               {"attributes", {{"table", "public.a"}}}};
  const auto behind_length = [](const Bytes& record) { return to_hex(ByteView(record).subspan(4)); };
  CHECK(behind_length(encode_entry(entry)) == to_hex(encode_cbor(members)));
  entry.restore_with = "psql \xff";
  entry.restore_order = -3;
  members["restore_with"] = to_binary(as_bytes("psql \xff"));
  members["restore_order"] = -3;
  CHECK(behind_length(encode_entry(entry)) == to_hex(encode_cbor(members)));
  entry.plain_bytes = entry.tree_bytes = 0;
  entry.tree.clear();
  members["plain_bytes"] = 0;
  members["tree"] = {{"depth", 0}, {"bytes", 0}};
  CHECK(behind_length(encode_entry(entry)) == to_hex(encode_cbor(members)));
  entry.transforms = {"a@1", "b@2"};
  entry.plain_bytes = 300;
  members["transforms"] = {"a@1", "b@2"};
  members["source_bytes"] = 300;
  CHECK(behind_length(encode_entry(entry)) == to_hex(encode_cbor(members)));
}

TEST_CASE("the bytes of removals, sessions, marks and proofs are those of the format") {
  PackedRepository repo;
  const BackupId kept = repo.backup({{"a", "kept"}}), gone = repo.backup({{"a", "gone"}}), back = repo.backup({{"a", "back"}});
  repo.layout->record_proof({.id = kept, .level = VerifyLevel::full}, repo.context);
  const std::string proof = *repo.names("proofs/").begin();
  CHECK(names_in(members_of(repo, ObjectClass::proof, proof)) ==
        Names{"bytes", "id", "level", "objects", "rows", "sha256", "tables", "time", "where", "written_by"});

  for (const BackupId& id : {gone, back}) repo.layout->remove(id, repo.context);
  CHECK(names_in(members_of(repo, ObjectClass::removal, removal_object(gone))) == Names{"id", "previous", "sha256", "time"});
  repo.layout->undo_remove(back, repo.context);
  const std::string taken_back = *repo.names(removal_object(back) + ".back-").begin();
  CHECK(names_in(members_of(repo, ObjectClass::removal, taken_back)) == Names{"id", "removals", "time"});
  repo.collect();
  CHECK(names_in(members_of(repo, ObjectClass::removal, final_object(gone))) == Names{"id", "removals"});
  const json mark = members_of(repo, ObjectClass::mark, *repo.names("gc/").begin());
  CHECK(names_in(mark) == Names{"packs", "time"});
  CHECK(mark.at("packs").at(0).get_binary().size() == 32);

  Doubts doubts(repo.context);
  const BackupId never = "backup_20261120_180000_0badcafe";
  put_never(*repo.place, doubts, never);
  const json removal = members_of(repo, ObjectClass::removal, removal_object(never));
  CHECK(names_in(removal) == Names{"id", "never", "previous", "sha256", "time"});
  CHECK(removal.at("never") == true);
  CHECK(removal.at("sha256") == to_binary(Bytes(32)));

  const LiveSession session(repo.place, LiveSession::Purpose::collect, {}, repo.context);
  const std::string object = "sessions/" + session.id();
  CHECK(names_in(members_of(repo, ObjectClass::session, object)) == Names{"backup", "id", "purpose", "time", "written_by"});
  const json ready = members_of(repo, ObjectClass::session, object + ".ready");
  CHECK(names_in(ready) == Names{"backup", "id", "purpose", "seen", "time", "written_by"});
  CHECK(ready.at("purpose") == "ready");
  CHECK(ready.at("seen").at(0) == *repo.names("gc/").begin());
}
