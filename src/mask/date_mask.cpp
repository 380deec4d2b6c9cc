#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "base/big_endian.hpp"
#include "base/civil_date.hpp"
#include "holdfast/error.hpp"
#include "mask/hashed_mask.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

namespace {

// Removes a number and the dash after it from the text.
bool take_part(std::string_view& text, std::int64_t& number) {
  number = 0;
  std::size_t size = 0;
  for (; size < text.size() && is_ascii_digit(text[size]) && size < 7; ++size) number = number * 10 + (text[size] - '0');
  text.remove_prefix(size);
  if (text.starts_with('-')) text.remove_prefix(1);
  return size != 0;
}

// With zeros in front, up to a width.
void append_number(std::int64_t number, std::size_t width, std::string& out) {
  std::array<char, 20> digits;
  char* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  const auto size = static_cast<std::size_t>(end - digits.data());
  if (size < width) out.append(width - size, '0');
  out.append(digits.data(), end);
}

// Moves a date by as many days as the subject's hash says: the distances between one subject's dates stay.
class DateShiftMask final : public HashedMask {
 public:
  DateShiftMask(const Rule& rule, const Secret& key) : HashedMask(key, "date_shift/" + rule.scope), most_(rule.number) {}

  void write(std::string_view raw, const KeyedHash::Hash& hash, std::string& out) const override {
    if (raw == "infinity" || raw == "-infinity") {
      out += raw;
      return;
    }
    constexpr std::string_view kBeforeChrist = " BC";
    std::string_view rest = raw;
    const bool before_christ = rest.ends_with(kBeforeChrist);
    if (before_christ) rest.remove_suffix(kBeforeChrist.size());
    CivilDate date;
    if (!take_part(rest, date.year) || !take_part(rest, date.month) || !take_part(rest, date.day))
      throw Error(ErrorCode::unsupported, "rule date_shift: a value is no date of the form YYYY-MM-DD");
    if (before_christ) date.year = 1 - date.year;
    const CivilDate moved = civil_date(days_since_2000(date) + shift(hash));
    const bool now_before = moved.year < 1;
    append_number(now_before ? 1 - moved.year : moved.year, 4, out);
    out += '-';
    append_number(moved.month, 2, out);
    out += '-';
    append_number(moved.day, 2, out);
    out += rest;
    if (now_before) out += kBeforeChrist;
  }

 private:
  // From -most to most, never 0.
  std::int64_t shift(const KeyedHash::Hash& hash) const {
    const auto place = static_cast<std::int64_t>(number_in<std::uint64_t>(hash) % (2 * most_));
    const auto most = static_cast<std::int64_t>(most_);
    return place < most ? place - most : place - most + 1;
  }

  std::uint64_t most_;
};

}  // namespace

std::unique_ptr<ValueMask> make_date_mask(const Rule& rule, const Secret& key) { return std::make_unique<DateShiftMask>(rule, key); }

}  // namespace holdfast::masking
