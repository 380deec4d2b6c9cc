#include "driver/postgres/row_sum.hpp"

#define XXH_INLINE_ALL  // rows are short: a call each costs as much as the hash
#include <xxhash.h>

#include <cstring>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::size_t kExpandedSize = 192;  // XXH3 wants at least 136 bytes of good entropy
static_assert(kExpandedSize >= XXH3_SECRET_SIZE_MIN);

}  // namespace

RowKey::RowKey(ByteView bytes) : expanded_(hkdf_sha256(bytes, {}, "holdfast/row-sum/v1", kExpandedSize)) {
  if (bytes.size() != kSize) throw Error(ErrorCode::corrupt, "the proof key has the wrong size");
}

void RowSum::add(std::string_view row, const RowKey& key) {
  const XXH128_hash_t hash = XXH3_128bits_withSecret(row.data(), row.size(), key.expanded(), key.expanded_size());
  sum += static_cast<unsigned __int128>(hash.high64) << 64 | hash.low64;
  ++rows;
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

void RowSplitter::add(ByteView bytes) {
  const char* at = reinterpret_cast<const char*>(bytes.data());
  const char* const end = at + bytes.size();
  while (at != end) {
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (newline == nullptr) {
      partial_.append(at, end);
      return;
    }
    ++newline;
    if (partial_.empty()) {
      sum_.add({at, static_cast<std::size_t>(newline - at)}, key_);
    } else {
      partial_.append(at, newline);
      sum_.add(partial_, key_);
      partial_.clear();
    }
    at = newline;
  }
}

RowSum RowSplitter::finish() const {
  if (!partial_.empty()) throw Error(ErrorCode::corrupt, "a data stream ends in the middle of a row");
  return sum_;
}

}  // namespace holdfast::postgres
