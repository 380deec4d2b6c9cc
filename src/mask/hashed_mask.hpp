#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mask/keyed.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

/// A mask whose results come from a keyed hash of the value, or of its subject.
class HashedMask : public ValueMask {
 public:
  bool apply(std::string_view raw, std::string_view subject, std::string& out) final;
  void apply_all(std::span<const RawValue> values, MaskedValues& out) final;

 protected:
  /// Hashes values in such a form that those that the source takes as equal have one hash.
  HashedMask(const Secret& key, const std::string& use, const MaskColumn& column)
      : hash_(key, use), folded_(column.folded), padded_(column.padded) {}
  /// Hashes subjects.
  HashedMask(const Secret& key, const std::string& use) : hash_(key, use), by_subject_(true) {}

  virtual void write(std::string_view raw, const KeyedHash::Hash& hash, std::string& out) const = 0;

 private:
  std::string_view hashed(const RawValue& value);

  KeyedHash hash_;
  bool by_subject_ = false, folded_ = false, padded_ = false;
  std::vector<std::string_view> hashed_;
  std::string plain_;  // texts in lower case; has room for all of them, so that they never move
};

}  // namespace holdfast::masking
