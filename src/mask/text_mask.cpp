#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "mask/hashed_mask.hpp"
#include "mask/names.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

namespace {

class NullMask final : public ValueMask {
 public:
  bool apply(std::string_view, std::string_view, std::string&) override { return false; }
};

class FixedMask final : public ValueMask {
 public:
  explicit FixedMask(std::string value) : value_(std::move(value)) {}
  bool apply(std::string_view, std::string_view, std::string& out) override {
    out += value_;
    return true;
  }

 private:
  std::string value_;
};

void append_hex(std::string& out, const KeyedHash::Hash& hash, std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 64> text;
  for (std::size_t at = 0; at < digits; at += 2) {
    const auto byte = std::to_integer<unsigned>(hash[at / 2]);
    text[at] = kDigits[byte >> 4];
    text[at + 1] = kDigits[byte & 15];
  }
  out.append(text.data(), digits);
}

class HashMask final : public HashedMask {
 public:
  HashMask(const MaskColumn& column, const Secret& key, const Rule& rule)
      : HashedMask(key, std::string(to_string(rule.kind)) + "/" + rule.scope, column), type_(column.type), digits_(rule.number) {}

  void write(std::string_view, const KeyedHash::Hash& hash, std::string& out) const override {
    if (type_ == MaskType::uuid) {
      append_uuid(out, hash);
    } else if (type_ == MaskType::bytea) {
      out += "\\x";
      append_hex(out, hash, 32);
    } else {
      append_hex(out, hash, digits_);
    }
  }

 private:
  // Marked as version 8, whose other 122 bits may be anything.
  static void append_uuid(std::string& out, KeyedHash::Hash hash) {
    hash[6] = (hash[6] & std::byte{0x0F}) | std::byte{0x80};
    hash[8] = (hash[8] & std::byte{0x3F}) | std::byte{0x80};
    const std::size_t begin = out.size();
    append_hex(out, hash, 32);
    for (const std::size_t dash : {8, 13, 18, 23}) out.insert(begin + dash, 1, '-');
  }

  MaskType type_;
  std::size_t digits_;
};

class PseudonymMask final : public HashedMask {
 public:
  PseudonymMask(const MaskColumn& column, const Secret& key, const Rule& rule)
      : HashedMask(key, "pseudonym/" + rule.scope, column), prefix_(rule.text), characters_(rule.number) {}

  void write(std::string_view, const KeyedHash::Hash& hash, std::string& out) const override {
    out += prefix_;
    append_base32(out, hash, characters_);
  }

 private:
  std::string prefix_;
  std::size_t characters_;
};

class EmailMask final : public HashedMask {
 public:
  EmailMask(const MaskColumn& column, const Secret& key, const Rule& rule)
      : HashedMask(key, "email/" + rule.scope, column), host_("@" + rule.text) {}

  void write(std::string_view, const KeyedHash::Hash& hash, std::string& out) const override {
    append_base32(out, hash, kEmailCharacters);
    out += host_;
  }

 private:
  std::string host_;
};

class NameMask final : public HashedMask {
 public:
  NameMask(const MaskColumn& column, const Secret& key, const Rule& rule)
      : HashedMask(key, "name/" + rule.scope, column), first_(rule.text != "last"), last_(rule.text != "first") {}

  void write(std::string_view, const KeyedHash::Hash& hash, std::string& out) const override {
    if (first_) out += kFirstNames[std::to_integer<std::size_t>(hash[0]) % kFirstNames.size()];
    if (first_ && last_) out += ' ';
    if (last_) out += kLastNames[std::to_integer<std::size_t>(hash[1]) % kLastNames.size()];
  }

 private:
  bool first_, last_;
};

class TruncateMask final : public ValueMask {
 public:
  TruncateMask(std::size_t characters, bool utf8) : characters_(characters), utf8_(utf8) {}

  bool apply(std::string_view raw, std::string_view, std::string& out) override {
    std::size_t end = 0;
    for (std::size_t left = characters_; left > 0 && end < raw.size(); --left) {
      ++end;
      while (utf8_ && end < raw.size() && (static_cast<unsigned char>(raw[end]) & 0xC0) == 0x80) ++end;
    }
    out += raw.substr(0, end);
    return true;
  }

 private:
  std::size_t characters_;
  bool utf8_;
};

class RegexMask final : public ValueMask {
 public:
  RegexMask(const Rule& rule, bool utf8) : pattern_(rule.text, options(utf8)), replacement_(rule.replacement) {
    // A pattern that can't be used matches nothing, and every value would pass.
    if (!pattern_.ok())
      throw Error(ErrorCode::unsupported, "rule regex: the pattern can't be used in the backup's encoding: " + pattern_.error());
  }

  bool apply(std::string_view raw, std::string_view, std::string& out) override {
    text_ = raw;
    RE2::GlobalReplace(&text_, pattern_, replacement_);
    out += text_;
    return true;
  }

 private:
  static RE2::Options options(bool utf8) {
    RE2::Options options(RE2::Quiet);
    if (!utf8) options.set_encoding(RE2::Options::EncodingLatin1);
    return options;
  }

  RE2 pattern_;
  std::string replacement_;
  std::string text_;
};

}  // namespace

std::unique_ptr<ValueMask> make_text_mask(const Rule& rule, const MaskColumn& column, const Secret& key, bool utf8) {
  switch (rule.kind) {
    case RuleKind::fixed: return std::make_unique<FixedMask>(rule.text);
    case RuleKind::hash: return std::make_unique<HashMask>(column, key, rule);
    case RuleKind::pseudonym:
      if (column.type == MaskType::text) return std::make_unique<PseudonymMask>(column, key, rule);
      return std::make_unique<HashMask>(column, key, rule);
    case RuleKind::email: return std::make_unique<EmailMask>(column, key, rule);
    case RuleKind::name: return std::make_unique<NameMask>(column, key, rule);
    case RuleKind::truncate: return std::make_unique<TruncateMask>(rule.number, utf8);
    case RuleKind::regex: return std::make_unique<RegexMask>(rule, utf8);
    default: return std::make_unique<NullMask>();
  }
}

}  // namespace holdfast::masking
