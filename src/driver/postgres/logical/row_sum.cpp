#include "driver/postgres/logical/row_sum.hpp"

#define XXH_INLINE_ALL  // rows are short: a function call costs as much as the hash
#include <xxhash.h>

#include <cstring>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::size_t kExpandedSize = 192;  // XXH3 requires at least 136 bytes of good entropy
static_assert(kExpandedSize >= XXH3_SECRET_SIZE_MIN);

void add_hash(RowSum& sum, const XXH128_hash_t& hash) {
  sum.sum += static_cast<unsigned __int128>(hash.high64) << 64 | hash.low64;
  ++sum.rows;
}

}  // namespace

RowKey::RowKey(ByteView bytes) : expanded_(hkdf_sha256(bytes, {}, "holdfast/row-sum/v1", kExpandedSize)) {
  if (bytes.size() != kSize) throw Error(ErrorCode::corrupt, "the proof key has the wrong size");
}

void RowSum::add(std::string_view row, const RowKey& key) {
  add_hash(*this, XXH3_128bits_withSecret(row.data(), row.size(), key.expanded(), key.expanded_size()));
}

std::string RowSum::hex() const {
  Bytes bytes(16);
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<std::byte>(sum >> (8 * (15 - at)));
  return to_hex(bytes);
}

RowSum RowSum::from(std::uint64_t rows, const std::string& hex) {
  const Bytes bytes = from_hex(hex);
  if (bytes.size() != 16) throw Error(ErrorCode::corrupt, "a row sum has the wrong size");
  RowSum result{rows, 0};
  for (const std::byte b : bytes) result.sum = result.sum << 8 | std::to_integer<unsigned>(b);
  return result;
}

struct RowSplitter::CutRow {
  XXH3_state_t hash;
  bool open = false;  // whether there is such a row
};

RowSplitter::RowSplitter(const RowKey& key) : key_(key), cut_(std::make_unique<CutRow>()) {}

RowSplitter::~RowSplitter() = default;

void RowSplitter::add(ByteView bytes) {
  const char* at = reinterpret_cast<const char*>(bytes.data());
  const char* const end = at + bytes.size();
  while (at != end) {
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    const char* const stop = newline == nullptr ? end : newline + 1;
    const std::string_view piece(at, stop);
    if (newline != nullptr && !cut_->open) {
      sum_.add(piece, key_);
    } else {
      if (!cut_->open) XXH3_128bits_reset_withSecret(&cut_->hash, key_.expanded(), key_.expanded_size());
      XXH3_128bits_update(&cut_->hash, piece.data(), piece.size());
      if (newline != nullptr) add_hash(sum_, XXH3_128bits_digest(&cut_->hash));
      cut_->open = newline == nullptr;
    }
    at = stop;
  }
}

RowSum RowSplitter::finish() const {
  if (cut_->open) throw Error(ErrorCode::corrupt, "a data stream ends in the middle of a row");
  return sum_;
}

}  // namespace holdfast::postgres
