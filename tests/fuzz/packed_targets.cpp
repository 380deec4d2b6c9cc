// Every object of a packed repository whose content is parsed, sealed again around changed content.
#include <zstd.h>

#include "base/aes_gcm.hpp"
#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "fuzz/packed_fixture.hpp"
#include "fuzz/target.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/removals.hpp"
#include "support/cbor_json.hpp"
#include "support/packed_keys.hpp"

namespace holdfast::fuzz {

namespace {

using test::counted_ring;
using test::encode_cbor;

template <ObjectClass object_class, std::string (*name)()>
void run_record(ByteView input) {
  use_all(Golden::get().with(object_class, name(), input));
}

template <ObjectClass object_class, std::string (*name)()>
std::vector<Bytes> record_seeds() {
  return {Golden::get().unsealed(object_class, name())};
}

std::string ring() { return ring_name(Golden::get().place->info().id, 1); }
std::string record() { return backup_object(Golden::get().backup); }
std::string removal() { return removal_object(Golden::get().removed); }
std::string session() { return Golden::get().ready; }
std::string mark() { return Golden::get().mark; }
std::string proof() { return Golden::get().proof; }
std::string history() { return Golden::get().history; }

void run_cbor(ByteView input) {
  const std::string object = "cbor";
  const CborMap map(input, object);
  const nlohmann::json members = test::decode_cbor(input);
  if (!test::agree(map, members)) throw std::runtime_error("what was read is not what another reader reads");
  const Bytes again = test::written(members);
  if (!test::agree(CborMap(again, object), members)) throw std::runtime_error("what was read is not what is written");
}

std::vector<Bytes> cbor_seeds() {
  std::vector<Bytes> seeds{encode_cbor(test::ring_members()),
                           encode_cbor({{"a", {1, -1, nullptr, true, {{"b", test::to_binary(Bytes(3))}}}}})};
  for (const auto& more : {record_seeds<ObjectClass::backup, record>(), record_seeds<ObjectClass::mark, mark>()}) {
    seeds.insert(seeds.end(), more.begin(), more.end());
  }
  return seeds;
}

// Envelopes as they are stored, without sealing them again.
void run_envelope(ByteView input) {
  const KeyRing keys = counted_ring();
  for (int number = 1; number <= 9; ++number) {
    may_refuse([&] { open_object(keys, static_cast<ObjectClass>(number), "name", input, "envelope"); });
  }
  may_refuse([&] { open_ring(Secret(test::counted(1)), test::kRepositoryId, "name", input, "envelope"); });
  pack_generation(input);
  open_pack(keys, input, "pack");
}

std::vector<Bytes> envelope_seeds() {
  const KeyRing keys = counted_ring();
  std::vector<Bytes> seeds;
  for (int number = 2; number <= 9; ++number) {
    seeds.push_back(seal_object(keys, static_cast<ObjectClass>(number), "name", as_bytes("some content"), still_random()));
  }
  PackBuilder builder(keys);
  FrameSealer sealer(keys, 1, DecodeCheck::off, still_random());
  builder.add(sealer.seal(as_bytes("plain bytes")), 11, {{ChunkId{}, 11}});
  seeds.push_back(builder.finish(still_random()).bytes);
  return seeds;
}

Objects with_packs(Objects objects, const std::vector<Bytes>& packs) {
  for (const Bytes& pack : packs) objects[pack_object(to_hash(sha256(pack)))] = pack;
  return objects;
}

// A pack whose table is `table`, around the bytes of a good pack.
Bytes pack_with_table(ByteView good, ByteView table) {
  const auto header = number_in<std::uint32_t>(good.last(4));
  const ByteView frames = good.first(good.size() - 4 - header);
  Bytes pack(frames.begin(), frames.end());
  const Bytes sealed = seal_object(Golden::get().place->ring(), ObjectClass::pack_header, "", table, still_random());
  pack.insert(pack.end(), sealed.begin(), sealed.end());
  append_number(pack, static_cast<std::uint32_t>(sealed.size()));
  return pack;
}

std::vector<Bytes> good_packs() {
  std::vector<Bytes> packs;
  for (const auto& [name, bytes] : Golden::get().objects) {
    if (name.starts_with("packs/")) packs.push_back(bytes);
  }
  return packs;
}

// The number of the good pack, then the table. Without an index, so that headers are read.
void run_pack_table(ByteView input) {
  if (input.empty()) return;
  std::vector<Bytes> packs = good_packs();
  Bytes& changed = packs[std::to_integer<std::size_t>(input[0]) % packs.size()];
  changed = pack_with_table(changed, input.subspan(1));
  Objects objects = Golden::get().without("packs/");
  std::erase_if(objects, [](const auto& object) { return object.first.starts_with("index/"); });
  use_all(with_packs(std::move(objects), packs));
}

std::vector<Bytes> pack_table_seeds() {
  std::vector<Bytes> seeds;
  const std::vector<Bytes> packs = good_packs();
  for (std::size_t number = 0; number < packs.size(); ++number) {
    Bytes seed{static_cast<std::byte>(number)};
    append_table(seed, open_pack(Golden::get().place->ring(), packs[number], "pack").table);
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

Bytes compressed(ByteView plain) {
  Bytes frame(ZSTD_compressBound(plain.size()));
  frame.resize(ZSTD_compress(frame.data(), frame.size(), plain.data(), plain.size(), 1));
  return frame;
}

// An index whose only segment has this content, unchanged or compressed first.
void use_segment(ByteView content) {
  const Bytes sealed = seal_object(Golden::get().place->ring(), ObjectClass::index, "", content, still_random());
  Objects objects = Golden::get().without("index/");
  objects["index/" + sha256_hex(sealed)] = sealed;
  use_all(objects);
}

void run_index(ByteView input) { use_segment(compressed(input)); }
void run_index_frame(ByteView input) { use_segment(input); }

std::vector<Bytes> index_frame_seeds() {
  std::vector<Bytes> seeds;
  for (const auto& [name, bytes] : Golden::get().objects) {
    if (name.starts_with("index/")) seeds.push_back(Golden::get().unsealed(ObjectClass::index, name));
  }
  return seeds;
}

std::vector<Bytes> index_seeds() {
  std::vector<Bytes> seeds;
  for (const Bytes& frame : index_frame_seeds()) {
    Bytes plain(ZSTD_getFrameContentSize(frame.data(), frame.size()));
    ZSTD_decompress(plain.data(), plain.size(), frame.data(), frame.size());
    seeds.push_back(std::move(plain));
  }
  return seeds;
}

// Codec (1), plain length (4), payload: sealed as a frame and opened.
void run_frame(ByteView input) {
  if (input.size() < 6) return;
  const KeyRing keys = counted_ring();
  const Frame frame{.offset = kPackPreamble,
                    .stored_bytes = static_cast<std::uint32_t>(input.size() - 5 + kFrameOverhead),
                    .plain_bytes = number_in<std::uint32_t>(input.subspan(1)) % kMaxFrame,
                    .codec = static_cast<Codec>(std::to_integer<unsigned>(input[0]) % 2),
                    .chunks = {}};
  Bytes aad = from_hex(keys.repository_id());
  aad.push_back(static_cast<std::byte>(frame.codec));
  append_number(aad, frame.plain_bytes);
  Bytes stored(frame.stored_bytes);
  const Secret key = hkdf_sha256(keys.class_key(keys.generation(), "pack").bytes(), ByteView(stored).first(32), "frame/v1", 32);
  gcm_seal_once(key, aad, input.subspan(5), stored.data() + 32);
  Bytes plain;
  FrameOpener().open(keys, keys.generation(), frame, stored, "frame", plain);
}

std::vector<Bytes> frame_seeds() {
  const auto seed = [](Codec codec, std::uint32_t plain, const Bytes& payload) {
    Bytes bytes{static_cast<std::byte>(codec)};
    append_number(bytes, plain);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  };
  const Bytes text = test::counted(0), zeros(kMaxFrame - 1);
  return {seed(Codec::raw, 32, text), seed(Codec::zstd, 32, compressed(text)), seed(Codec::zstd, kMaxFrame - 1, compressed(zeros)),
          seed(Codec::zstd, 100, compressed(zeros))};
}

// A backup with these chunks, one after another in one pack. `make` fills its record from their ids.
void use_chunks(const std::vector<ByteView>& chunks, const std::function<void(BackupRecord&, const std::vector<ChunkId>&)>& make) {
  const Golden& golden = Golden::get();
  const KeyRing& keys = golden.place->ring();
  FrameSealer sealer(keys, std::nullopt, DecodeCheck::off, still_random());
  PackBuilder builder(keys);
  std::vector<ChunkId> ids;
  for (const ByteView chunk : chunks) {
    ids.push_back({to_hash(hmac_sha256(keys.id_key().bytes(), chunk))});
    const auto size = static_cast<std::uint32_t>(chunk.size());
    builder.add(sealer.seal(chunk), size, {{ids.back(), size}});
  }
  const std::string object = backup_object(golden.backup);
  BackupRecord record = decode_record(golden.place->unseal(ObjectClass::backup, object, golden.objects.at(object)), golden.backup, object);
  make(record, ids);
  Objects objects = golden.with(ObjectClass::backup, object, encode_record(record));
  use_all(with_packs(std::move(objects), {builder.finish(still_random()).bytes}));
}

// The list of entries. The record's counts match it as far as possible, so that they are not the reason for a refusal.
void run_entries(ByteView input) {
  if (input.empty() || input.size() > kMaxChunk) return;
  use_chunks({input}, [input](BackupRecord& record, const std::vector<ChunkId>& ids) {
    record.entries = {.depth = 0, .id = ids[0], .bytes = input.size()};
    record.entry_count = record.plain_bytes = 0;
    for (ByteView left = input; left.size() >= 4;) {
      const auto size = number_in<std::uint32_t>(left);
      left = left.subspan(4);
      if (size > left.size()) break;
      ++record.entry_count;
      may_refuse([&] {
        const std::string object = "entry";
        record.plain_bytes += CborMap(left.first(size), object).at("plain_bytes").number();
      });
      left = left.subspan(size);
    }
    record.source_bytes = record.plain_bytes;
  });
}

std::vector<Bytes> entries_seeds() {
  const Golden& golden = Golden::get();
  const auto index = std::make_shared<const IndexCache>(golden.place);
  const auto chunks = std::make_shared<ChunkReader>(golden.place, index);
  const BackupRecord record = read_record(*golden.place, golden.backup).record;
  return {read_all(*read_tree(chunks, record.entries, "", "entries"), kMaxChunk)};
}

// Depth (1), then a list chunk, which names a list of entries of that depth.
void run_list(ByteView input) {
  if (input.size() < 2 || input.size() > kMaxChunk) return;
  const ByteView list = input.subspan(1);
  use_chunks({list}, [&](BackupRecord& record, const std::vector<ChunkId>& ids) {
    std::uint64_t sum = 0;
    may_refuse([&] {
      list_size(list, "list");
      for (const ChunkRef& ref : read_list(list)) sum += ref.bytes;
    });
    record.entries = {.depth = std::to_integer<unsigned>(input[0]) % (kMaxTreeDepth + 1), .id = ids[0], .bytes = sum};
  });
}

std::vector<Bytes> list_seeds() {
  std::vector<Bytes> seeds;
  const Golden& golden = Golden::get();
  const auto index = std::make_shared<const IndexCache>(golden.place);
  const auto chunks = std::make_shared<ChunkReader>(golden.place, index);
  const BackupRecord record = read_record(*golden.place, golden.backup).record;
  for (const EntryRecord& entry : read_whole_manifest(record, chunks).entries) {
    const Tree tree = tree_of(entry, entry.name);
    if (tree.depth == 0) continue;
    Bytes seed{std::byte{1}};
    const Bytes list = chunks->read_list_chunk(tree.id);
    seed.insert(seed.end(), list.begin(), list.end());
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

}  // namespace

std::vector<FuzzTarget> packed_targets() {
  return {
      {"cbor", run_cbor, cbor_seeds},
      {"packed-envelope", run_envelope, envelope_seeds},
      {"packed-ring", run_record<ObjectClass::ring, ring>, record_seeds<ObjectClass::ring, ring>},
      {"packed-record", run_record<ObjectClass::backup, record>, record_seeds<ObjectClass::backup, record>},
      {"packed-removal", run_record<ObjectClass::removal, removal>, record_seeds<ObjectClass::removal, removal>},
      {"packed-session", run_record<ObjectClass::session, session>, record_seeds<ObjectClass::session, session>},
      {"packed-mark", run_record<ObjectClass::mark, mark>, record_seeds<ObjectClass::mark, mark>},
      {"packed-proof", run_record<ObjectClass::proof, proof>, record_seeds<ObjectClass::proof, proof>},
      {"packed-history", run_record<ObjectClass::history, history>, record_seeds<ObjectClass::history, history>},
      {"packed-table", run_pack_table, pack_table_seeds},
      {"packed-index", run_index, index_seeds},
      {"packed-index-frame", run_index_frame, index_frame_seeds},
      {"packed-frame", run_frame, frame_seeds},
      {"packed-entries", run_entries, entries_seeds},
      {"packed-list", run_list, list_seeds},
  };
}

}  // namespace holdfast::fuzz
