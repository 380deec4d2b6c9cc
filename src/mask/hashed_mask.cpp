#include "mask/hashed_mask.hpp"

#include "base/ascii.hpp"

namespace holdfast::masking {

bool HashedMask::apply(std::string_view raw, std::string_view subject, std::string& out) {
  plain_.clear();
  plain_.reserve(raw.size());
  write(raw, hash_.of(hashed({raw, subject})), out);
  return true;
}

void HashedMask::apply_all(std::span<const RawValue> values, MaskedValues& out) {
  hashed_.clear();
  plain_.clear();
  if (folded_) {
    std::size_t size = 0;
    for (const RawValue& value : values) size += value.raw.size();
    plain_.reserve(size);
  }
  for (const RawValue& value : values) hashed_.push_back(hashed(value));
  const std::span<const KeyedHash::Hash> hashes = hash_.of_all(hashed_);
  for (std::size_t at = 0; at < values.size(); ++at) {
    write(values[at].raw, hashes[at], out.text());
    out.end_value();
  }
}

std::string_view HashedMask::hashed(const RawValue& value) {
  if (by_subject_) return value.subject;
  const std::string_view raw = padded_ ? value.raw.substr(0, value.raw.find_last_not_of(' ') + 1) : value.raw;
  if (!folded_) return raw;
  const std::size_t begin = plain_.size();
  for (const char c : raw) plain_ += ascii_lower(c);
  return std::string_view(plain_).substr(begin);
}

}  // namespace holdfast::masking
