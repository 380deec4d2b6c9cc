#include "repository/packed/pack.hpp"

#include <algorithm>

#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/packed/sealed.hpp"

namespace holdfast {

namespace {

constexpr std::array kPackMagic{std::byte{'H'}, std::byte{'F'}, std::byte{'P'}, std::byte{'A'},
                                std::byte{'C'}, std::byte{'K'}, std::byte{0},   std::byte{1}};
constexpr std::size_t kLengthSize = 4;

Bytes preamble(const KeyRing& ring, std::uint32_t generation) {
  Bytes bytes(kPackMagic.begin(), kPackMagic.end());
  const Bytes id = from_hex(ring.repository_id());
  bytes.insert(bytes.end(), id.begin(), id.end());
  append_number(bytes, generation);
  append_number(bytes, std::uint32_t{0});
  return bytes;
}

}  // namespace

Hash to_hash(ByteView bytes) {
  Hash hash;
  std::copy_n(bytes.begin(), hash.size(), hash.begin());
  return hash;
}

std::string pack_object(const Hash& sha256) {
  const std::string hex = to_hex(sha256);
  return std::string(kPacks) + hex.substr(0, 2) + "/" + hex;
}

PackBuilder::PackBuilder(const KeyRing& ring, Bytes memory) : ring_(&ring), bytes_(std::move(memory)) {
  const Bytes start = preamble(ring, ring.generation());
  bytes_.assign(start.begin(), start.end());
  pack_.generation = ring.generation();
  bytes_.reserve(kPackTarget + kMaxFrame);
}

void PackBuilder::add(FrameSealer::Sealed frame, std::uint32_t plain_bytes, std::vector<FrameChunk> chunks) {
  chunks_ += chunks.size();
  pack_.table.push_back({.offset = static_cast<std::uint32_t>(bytes_.size()),
                         .stored_bytes = static_cast<std::uint32_t>(frame.stored.size()),
                         .plain_bytes = plain_bytes,
                         .codec = frame.codec,
                         .chunks = std::move(chunks)});
  bytes_.insert(bytes_.end(), frame.stored.begin(), frame.stored.end());
}

PackBuilder::Finished PackBuilder::finish(Random& random) {
  Bytes table;
  append_table(table, pack_.table);
  const Bytes header = seal_object(*ring_, ObjectClass::pack_header, "", table, random);
  bytes_.insert(bytes_.end(), header.begin(), header.end());
  append_number(bytes_, static_cast<std::uint32_t>(header.size()));
  pack_.bytes = static_cast<std::uint32_t>(bytes_.size());
  pack_.sha256 = to_hash(sha256(bytes_));
  return {std::move(pack_), std::move(bytes_)};
}

std::uint32_t pack_generation(ByteView bytes) {
  return bytes.size() < kPackPreamble ? 0 : number_in<std::uint32_t>(bytes.subspan(kPackPreamble - 8));
}

Pack open_pack(const KeyRing& ring, ByteView bytes, const std::string& object) {
  const auto damaged = [&object](const char* why) { return Error(ErrorCode::corrupt, object + ": is damaged: " + why); };
  if (bytes.size() < kPackPreamble + kLengthSize || bytes.size() > kMaxPack) throw damaged("it has an impossible size");
  const std::uint32_t generation = pack_generation(bytes);
  const Bytes expected = preamble(ring, generation);
  if (!std::equal(expected.begin(), expected.end(), bytes.begin())) throw damaged("it is not a pack of this repository");
  const auto header_size = number_in<std::uint32_t>(bytes.last(kLengthSize));
  const std::size_t end = bytes.size() - kLengthSize;
  if (header_size > end - kPackPreamble || header_size > kMaxTable) throw damaged("its header has an impossible length");
  const std::size_t frames_end = end - header_size;
  const Bytes table = open_object(ring, ObjectClass::pack_header, "", bytes.subspan(frames_end, header_size), object);
  return {.sha256 = to_hash(sha256(bytes)),
          .bytes = static_cast<std::uint32_t>(bytes.size()),
          .generation = generation,
          .table = read_table(table, static_cast<std::uint32_t>(frames_end), object)};
}

}  // namespace holdfast
