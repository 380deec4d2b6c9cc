#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"
#include "mask/masked_values.hpp"
#include "mask/rules.hpp"
#include "mask/schema.hpp"

namespace holdfast::masking {

/// A value to mask. `subject` is the value of the rule's other column; empty without one.
struct RawValue {
  std::string_view raw, subject;
};

/// Masks the values of one column. NULL stays NULL and never arrives here. One thread.
class ValueMask {
 public:
  virtual ~ValueMask() = default;
  /// Appends the masked value to `out`. Returns false for NULL. Allocates nothing, except that `out` may grow.
  virtual bool apply(std::string_view raw, std::string_view subject, std::string& out) = 0;
  /// The same for some values, which costs less for some rules.
  virtual void apply_all(std::span<const RawValue> values, MaskedValues& out) {
    for (const RawValue& value : values) out.end_value(!apply(value.raw, value.subject, out.text()));
  }
};

/// Returns the mask of a rule that fits the column (misfit() is empty). Not for keep and
/// shuffle.
std::unique_ptr<ValueMask> make_value_mask(const Rule& rule, const MaskColumn& column, const Secret& key, bool utf8);

/// Returns why the rule cannot be used for the column, else "".
std::string misfit(const Rule& rule, const MaskColumn& column);
/// Returns whether different values have different results.
bool keeps_different(const Rule& rule, const MaskColumn& column);

// One function for each family of rules, each in its own file.
std::unique_ptr<ValueMask> make_digits_mask(const Rule& rule, const MaskColumn& column, const Secret& key);
std::unique_ptr<ValueMask> make_date_mask(const Rule& rule, const Secret& key);
std::unique_ptr<ValueMask> make_text_mask(const Rule& rule, const MaskColumn& column, const Secret& key, bool utf8);
std::unique_ptr<ValueMask> make_json_mask(const Rule& rule, const Secret& key, bool utf8);

}  // namespace holdfast::masking
