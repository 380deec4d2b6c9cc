#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/ascii.hpp"
#include "mask/digit_cipher.hpp"
#include "mask/recent_results.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

namespace {

// Exchanges the digits of a value and leaves everything else in its place, so a result is as long as its value.
class DigitsMask : public ValueMask {
 public:
  DigitsMask(const Secret& key, const std::string& use) : cipher_(key, use) {}

  bool apply(std::string_view raw, std::string_view, std::string& out) override {
    const std::size_t begin = out.size();
    out += raw;
    exchange(std::array{RawValue{raw, {}}}, out.data() + begin);
    return true;
  }

  void apply_all(std::span<const RawValue> values, MaskedValues& out) override {
    const std::size_t begin = out.text().size();
    for (const RawValue& value : values) {
      out.text() += value.raw;
      out.end_value();
    }
    exchange(values, out.text().data() + begin);
  }

 protected:
  // Returns how many digits at the beginning stay.
  virtual std::size_t kept(std::string_view raw) const = 0;
  // Returns whether a value may become one with these digits.
  virtual bool possible(std::string_view raw, std::string_view digits) const = 0;

 private:
  struct Exchange {
    std::string_view raw;
    char* result;
    std::span<char> digits;  // all of the value's
  };

  // `results` are the values, one after the other.
  void exchange(std::span<const RawValue> values, char* results) {
    exchanges_.clear();
    std::size_t size = 0;
    for (const RawValue& value : values) size += value.raw.size();
    digits_.resize(size);
    char* free = digits_.data();
    for (const auto& [raw, subject] : values) {
      if (const std::optional<std::string_view> known = recent_.find(raw)) {
        std::ranges::copy(*known, results);
      } else {
        char* const begin = free;
        free = std::ranges::copy_if(raw, free, is_ascii_digit).out;
        exchanges_.push_back({raw, results, {begin, free}});
      }
      results += raw.size();
    }
    permute();
    for (const Exchange& done : exchanges_) {
      const std::span result(done.result, done.raw.size());
      for (auto next = done.digits.begin(); char& c : result) {
        if (is_ascii_digit(c)) c = *next++;
      }
      recent_.put(done.raw, {result.data(), result.size()});
    }
  }

  // A result that is not possible is exchanged again: that leads from one possible value to another, so different
  // values stay different.
  void permute() {
    todo_.clear();
    for (const Exchange& exchange : exchanges_) todo_.push_back(&exchange);
    while (!todo_.empty()) {
      texts_.clear();
      for (const Exchange* const one : todo_) texts_.push_back(one->digits.subspan(std::min(kept(one->raw), one->digits.size())));
      cipher_.permute(texts_);
      std::erase_if(todo_, [this](const Exchange* one) { return possible(one->raw, {one->digits.data(), one->digits.size()}); });
    }
  }

  DigitCipher cipher_;
  RecentResults recent_;
  std::string digits_;               // of all exchanges
  std::vector<Exchange> exchanges_;  // of values that are not known
  std::vector<const Exchange*> todo_;
  std::vector<std::span<char>> texts_;
};

class TextDigitsMask final : public DigitsMask {
 public:
  TextDigitsMask(const Secret& key, const std::string& use, std::uint64_t kept) : DigitsMask(key, use), kept_(kept) {}

 private:
  std::size_t kept(std::string_view) const override { return kept_; }
  bool possible(std::string_view, std::string_view) const override { return true; }

  std::uint64_t kept_;
};

// A number keeps its sign and its number of digits, and stays within its type.
class NumberDigitsMask final : public DigitsMask {
 public:
  NumberDigitsMask(const Secret& key, const std::string& use, std::uint64_t most)
      : DigitsMask(key, use), most_(std::to_string(most)), least_(std::to_string(most + 1)), bounded_(most != 0) {}

 private:
  // 0.5: the zero stays.
  std::size_t kept(std::string_view raw) const override { return raw.starts_with("0.") || raw.starts_with("-0.") ? 1 : 0; }

  bool possible(std::string_view raw, std::string_view digits) const override {
    if (digits.empty()) return true;  // NaN, Infinity
    const bool negative = raw.starts_with('-');
    const std::size_t whole = std::min(raw.find('.'), raw.size()) - (negative ? 1 : 0);
    if (digits[0] == '0' && (whole > 1 || (negative && digits == "0"))) return false;  // -0 is 0
    const std::string& limit = negative ? least_ : most_;
    return !bounded_ || digits.size() < limit.size() || digits <= limit;
  }

  std::string most_, least_;  // for numbers without and with a sign
  bool bounded_;
};

}  // namespace

std::unique_ptr<ValueMask> make_digits_mask(const Rule& rule, const MaskColumn& column, const Secret& key) {
  const std::string use = "digits/" + rule.scope;
  if (column.type == MaskType::text) return std::make_unique<TextDigitsMask>(key, use, rule.kind == RuleKind::phone ? rule.number : 0);
  return std::make_unique<NumberDigitsMask>(key, use, column.type == MaskType::integer ? column.most : 0);
}

}  // namespace holdfast::masking
