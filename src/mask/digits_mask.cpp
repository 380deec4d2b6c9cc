#include <algorithm>
#include <iterator>
#include <optional>

#include "base/ascii.hpp"
#include "mask/keyed.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

namespace {

// Exchanges the digits of a text, except the first ones, and leaves everything else in its place.
class TextDigitsMask final : public ValueMask {
 public:
  TextDigitsMask(const Secret& key, const std::string& use, std::uint64_t kept) : cipher_(key, use), kept_(kept) {}

  bool apply(std::string_view raw, std::string_view, std::string& out) override {
    if (const std::optional<std::string_view> known = recent_.find(raw)) {
      out += *known;
      return true;
    }
    digits_.clear();
    std::ranges::copy_if(raw, std::back_inserter(digits_), is_ascii_digit);
    const std::size_t kept = std::min<std::size_t>(kept_, digits_.size());
    cipher_.permute(std::span(digits_).subspan(kept));
    const std::size_t begin = out.size();
    out += raw;
    std::size_t next = 0;
    for (char& c : std::span(out).subspan(begin)) {
      if (is_ascii_digit(c)) c = digits_[next++];
    }
    recent_.put(raw, std::string_view(out).substr(begin));
    return true;
  }

 private:
  DigitCipher cipher_;
  RecentResults recent_;
  std::uint64_t kept_;
  std::string digits_;
};

// A number keeps its sign and its number of digits. A result that would have fewer of them, or be too large for the
// type, is exchanged again: that leads from one possible number to another, so different numbers stay different.
class NumberDigitsMask final : public ValueMask {
 public:
  NumberDigitsMask(const Secret& key, const std::string& use, std::uint64_t most)
      : cipher_(key, use), most_(std::to_string(most)), least_(std::to_string(most + 1)), bounded_(most != 0) {}

  bool apply(std::string_view raw, std::string_view, std::string& out) override {
    if (const std::optional<std::string_view> known = recent_.find(raw)) {
      out += *known;
      return true;
    }
    const std::size_t begin = out.size();
    exchange(raw, out);
    recent_.put(raw, std::string_view(out).substr(begin));
    return true;
  }

 private:
  void exchange(std::string_view raw, std::string& out) {
    const bool negative = raw.starts_with('-');
    const std::string& limit = negative ? least_ : most_;
    if (negative) {
      out += '-';
      raw.remove_prefix(1);
    }
    if (raw.empty() || !is_ascii_digit(raw[0])) {  // NaN, Infinity
      out += raw;
      return;
    }
    const std::size_t point = std::min(raw.find('.'), raw.size());
    const bool small = raw.substr(0, point) == "0" && point != raw.size();  // 0.5: the zero stays
    digits_ = raw;
    if (point != raw.size()) digits_.erase(point, 1);
    const std::span<char> digits = std::span(digits_).subspan(small ? 1 : 0);
    do {
      cipher_.permute(digits);
    } while (!possible(point, small, limit) || (negative && digits_ == "0"));  // -0 is 0
    out += std::string_view(digits_).substr(0, point);
    if (point != raw.size()) out += '.';
    out += std::string_view(digits_).substr(point);
  }

  bool possible(std::size_t whole, bool small, const std::string& limit) const {
    if (!small && whole > 1 && digits_[0] == '0') return false;
    return !bounded_ || digits_.size() < limit.size() || digits_ <= limit;
  }

  DigitCipher cipher_;
  RecentResults recent_;
  std::string most_, least_;  // for numbers without and with a sign
  bool bounded_;
  std::string digits_;
};

}  // namespace

std::unique_ptr<ValueMask> make_digits_mask(const Rule& rule, const MaskColumn& column, const Secret& key) {
  const std::string use = "digits/" + rule.scope;
  if (column.type == MaskType::text) return std::make_unique<TextDigitsMask>(key, use, rule.kind == RuleKind::phone ? rule.number : 0);
  return std::make_unique<NumberDigitsMask>(key, use, column.type == MaskType::integer ? column.most : 0);
}

}  // namespace holdfast::masking
