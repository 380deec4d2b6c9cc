#include "driver/postgres/restore/binary_value.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/big_endian.hpp"
#include "base/civil_date.hpp"
#include "base/hex.hpp"
#include "driver/postgres/client/copy_text.hpp"

namespace holdfast::postgres {

namespace {

// --- text

bool put_text(std::string_view field, std::byte*& at) {
  for (;;) {
    const std::size_t backslash = field.find('\\');
    const std::size_t plain = std::min(backslash, field.size());
    std::memcpy(at, field.data(), plain);
    at += plain;
    if (plain == field.size()) return true;
    if (backslash + 1 == field.size()) return false;
    const std::optional<char> letter = unescaped(field[backslash + 1]);
    if (!letter) return false;
    *at++ = static_cast<std::byte>(*letter);
    field.remove_prefix(backslash + 2);
  }
}

bool put_hex(std::string_view digits, std::byte*& at) {
  if (!read_hex(digits, at)) return false;
  at += digits.size() / 2;
  return true;
}

bool put_bytea(std::string_view field, std::byte*& at) { return field.starts_with("\\\\x") && put_hex(field.substr(3), at); }

bool put_uuid(std::string_view field, std::byte*& at) {
  if (field.size() != 36 || field[8] != '-' || field[13] != '-' || field[18] != '-' || field[23] != '-') return false;
  return put_hex(field.substr(0, 8), at) && put_hex(field.substr(9, 4), at) && put_hex(field.substr(14, 4), at) &&
         put_hex(field.substr(19, 4), at) && put_hex(field.substr(24), at);
}

// --- numbers

template <typename Number>
bool put_parsed(std::string_view field, std::byte*& at) {
  Number number{};
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (error != std::errc() || end != field.data() + field.size()) return false;
  using Bits =
      std::conditional_t<sizeof(Number) == 2, std::uint16_t, std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>>;
  put_number(at, std::bit_cast<Bits>(number));
  return true;
}

bool put_boolean(std::string_view field, std::byte*& at) {
  if (field != "t" && field != "f") return false;
  *at++ = std::byte{field == "t"};
  return true;
}

bool are_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

// Returns four decimal digits of `digits` from `first` on. Positions outside of `digits` count as zeros.
std::uint16_t four_digits(std::string_view digits, std::ptrdiff_t first) {
  unsigned value = 0;
  for (std::ptrdiff_t at = first; at != first + 4; ++at) {
    const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(digits.size());
    value = value * 10 + (inside ? static_cast<unsigned>(digits[static_cast<std::size_t>(at)] - '0') : 0);
  }
  return static_cast<std::uint16_t>(value);
}

// Writes an int16 count of base-10000 digits, int16 weight of the first, uint16 sign, uint16 displayed decimals, and
// the digits. The server's reader accepts 3,000 of them, its type many more.
bool put_numeric(std::string_view field, std::byte*& at) {
  constexpr std::size_t kLongest = 1000;
  constexpr std::uint16_t kPositive = 0, kNegative = 0x4000, kNan = 0xC000, kInfinity = 0xD000, kMinusInfinity = 0xF000;
  const auto put_special = [&](std::uint16_t sign) {
    put_number(at, std::uint64_t{sign} << 16);  // no digits, everything else 0
    return true;
  };
  if (field == "NaN") return put_special(kNan);
  if (field == "Infinity") return put_special(kInfinity);
  if (field == "-Infinity") return put_special(kMinusInfinity);
  const bool negative = field.starts_with('-');
  if (negative) field.remove_prefix(1);
  const std::size_t point = std::min(field.find('.'), field.size());
  const std::string_view whole = field.substr(0, point), decimals = field.substr(std::min(point + 1, field.size()));
  if (whole.empty() || field.size() > kLongest || (point != field.size() && decimals.empty())) return false;
  if (!are_digits(whole) || !are_digits(decimals)) return false;
  const auto whole_groups = static_cast<std::uint16_t>((whole.size() + 3) / 4);
  const auto decimal_groups = static_cast<std::uint16_t>((decimals.size() + 3) / 4);
  put_number(at, static_cast<std::uint16_t>(whole_groups + decimal_groups));
  put_number(at, static_cast<std::uint16_t>(whole_groups - 1));
  put_number(at, negative ? kNegative : kPositive);
  put_number(at, static_cast<std::uint16_t>(decimals.size()));
  const auto first = static_cast<std::ptrdiff_t>(whole.size()) - 4 * whole_groups;
  for (std::ptrdiff_t group = 0; group != whole_groups; ++group) put_number(at, four_digits(whole, first + 4 * group));
  for (std::ptrdiff_t group = 0; group != decimal_groups; ++group) put_number(at, four_digits(decimals, 4 * group));
  return true;
}

// --- dates and times: days and microseconds since 2000-01-01

constexpr std::int64_t kSecond = 1'000'000, kDay = 86'400 * kSecond;
constexpr std::int64_t kMostDays = 106'751'983;  // a timestamp ends with the year 294276

// Removes the first `count` digits from `text` and returns their number in `number`.
bool take_number(std::string_view& text, std::size_t count, std::int64_t& number) {
  if (text.size() < count) return false;
  number = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_date(std::string_view& text, bool before_christ, std::int64_t& days) {
  const std::size_t year_digits = text.find('-');
  if (year_digits < 4 || year_digits > 7) return false;  // npos, too
  std::int64_t year = 0, month = 0, day = 0;
  if (!take_number(text, year_digits, year) || !take(text, '-') || !take_number(text, 2, month) || !take(text, '-') ||
      !take_number(text, 2, day)) {
    return false;
  }
  days = days_since_2000({before_christ ? 1 - year : year, month, day});
  return true;
}

bool take_time(std::string_view& text, std::int64_t& microseconds) {
  std::int64_t hour = 0, minute = 0, second = 0, fraction = 0;
  if (!take_number(text, 2, hour) || !take(text, ':') || !take_number(text, 2, minute) || !take(text, ':') ||
      !take_number(text, 2, second)) {
    return false;
  }
  if (take(text, '.')) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits < 1 || digits > 6 || !take_number(text, digits, fraction)) return false;
    for (std::size_t at = digits; at < 6; ++at) fraction *= 10;
  }
  microseconds = ((hour * 60 + minute) * 60 + second) * kSecond + fraction;
  return true;
}

bool take_era(std::string_view& text) {
  const bool before_christ = text.ends_with(" BC");
  if (before_christ) text.remove_suffix(3);
  return before_christ;
}

template <std::signed_integral Number>
bool put_infinity(std::string_view field, std::byte*& at) {
  const bool plus = field == "infinity";
  if (!plus && field != "-infinity") return false;
  put_number(at, static_cast<std::make_unsigned_t<Number>>(plus ? std::numeric_limits<Number>::max() : std::numeric_limits<Number>::min()));
  return true;
}

bool put_date(std::string_view field, std::byte*& at) {
  if (put_infinity<std::int32_t>(field, at)) return true;
  const bool before_christ = take_era(field);
  std::int64_t days = 0;
  if (!take_date(field, before_christ, days) || !field.empty() || days != static_cast<std::int32_t>(days)) return false;
  put_number(at, static_cast<std::uint32_t>(days));
  return true;
}

bool put_time(std::string_view field, std::byte*& at) {
  std::int64_t microseconds = 0;
  if (!take_time(field, microseconds) || !field.empty()) return false;
  put_number(at, static_cast<std::uint64_t>(microseconds));
  return true;
}

bool put_timestamp(std::string_view field, std::string_view zone, std::byte*& at) {
  if (put_infinity<std::int64_t>(field, at)) return true;
  const bool before_christ = take_era(field);
  std::int64_t days = 0, microseconds = 0;
  if (!take_date(field, before_christ, days) || !take(field, ' ') || !take_time(field, microseconds) || field != zone) return false;
  if (days < -kMostDays || days > kMostDays) return false;
  put_number(at, static_cast<std::uint64_t>(days * kDay + microseconds));
  return true;
}

}  // namespace

bool put_binary(BinaryForm form, std::string_view field, std::byte*& at) {
  switch (form) {
    case BinaryForm::text: return put_text(field, at);
    case BinaryForm::jsonb: *at++ = std::byte{1}; return put_text(field, at);  // version of the form
    case BinaryForm::boolean: return put_boolean(field, at);
    case BinaryForm::int2: return put_parsed<std::int16_t>(field, at);
    case BinaryForm::int4: return put_parsed<std::int32_t>(field, at);
    case BinaryForm::int8: return put_parsed<std::int64_t>(field, at);
    case BinaryForm::oid: return put_parsed<std::uint32_t>(field, at);
    case BinaryForm::float4: return put_parsed<float>(field, at);
    case BinaryForm::float8: return put_parsed<double>(field, at);
    case BinaryForm::numeric: return put_numeric(field, at);
    case BinaryForm::uuid: return put_uuid(field, at);
    case BinaryForm::bytea: return put_bytea(field, at);
    case BinaryForm::date: return put_date(field, at);
    case BinaryForm::time: return put_time(field, at);
    case BinaryForm::timestamp: return put_timestamp(field, "", at);
    case BinaryForm::timestamptz: return put_timestamp(field, "+00", at);
  }
  return false;
}

}  // namespace holdfast::postgres
