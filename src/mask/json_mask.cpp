#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

namespace {

std::vector<std::string> steps_of(std::string_view path) {
  std::vector<std::string> steps;
  path.remove_prefix(2);  // "$."
  for (;;) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    steps.emplace_back(path.substr(0, dot));
    if (dot == path.size()) return steps;
    path.remove_prefix(dot + 1);
  }
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
  } else if (code < 0x10000) {
    out += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)), static_cast<char>(0x80 | (code & 0x3F))};
  } else {
    out += {static_cast<char>(0xF0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3F)),
            static_cast<char>(0x80 | (code >> 6 & 0x3F)), static_cast<char>(0x80 | (code & 0x3F))};
  }
}

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20) {
      out += "\\u00";
      out += kDigits[code >> 4];
      out += kDigits[code & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

// Masks values at some places of a document, and copies every other byte: a JSON library would change the order of
// members and the digits of numbers. Keeps no tree; the depth is limited.
class JsonMask final : public ValueMask {
 public:
  JsonMask(const Rule& rule, const Secret& key, bool utf8) {
    const MaskColumn text{.type = MaskType::text};
    for (const auto& [path, at] : rule.paths) {
      places_.push_back({.steps = steps_of(path), .kind = at.kind, .number = nullptr, .text = nullptr});
      if (at.kind == RuleKind::keep || at.kind == RuleKind::null || at.kind == RuleKind::fixed) {
        places_.back().fixed = at.text;
        continue;
      }
      places_.back().text = make_value_mask(at, text, key, utf8);
      if (at.kind == RuleKind::digits) places_.back().number = make_value_mask(at, {.type = MaskType::numeric}, key, utf8);
    }
  }

  bool apply(std::string_view raw, std::string_view, std::string& out) override {
    text_ = raw;
    at_ = 0;
    depth_ = 0;
    out_ = &out;
    path_.clear();
    value(nullptr);
    space();
    if (at_ != text_.size()) fail();
    return true;
  }

 private:
  struct Place {
    std::vector<std::string> steps;
    RuleKind kind;
    std::string fixed;
    std::unique_ptr<ValueMask> number, text;
  };

  [[noreturn]] static void fail() {
    throw Error(ErrorCode::unsupported, "rule json: a value is no JSON document, or its nesting is too deep");
  }

  void space() {
    while (at_ < text_.size() && is_ascii_space(text_[at_])) *out_ += text_[at_++];
  }

  char next() const {
    if (at_ >= text_.size()) fail();
    return text_[at_];
  }

  void copy(char expected) {
    if (next() != expected) fail();
    *out_ += expected;
    ++at_;
  }

  Place* place_here() {
    for (Place& place : places_) {
      const auto fits = [](const std::string& step, const std::string& name) { return step == "*" || step == name; };
      if (std::ranges::equal(place.steps, path_, fits)) return &place;
    }
    return nullptr;
  }

  // `above` is the rule of a value around this one: it holds for everything inside.
  void value(Place* above) {
    space();
    if (Place* here = place_here()) above = here;
    if (above != nullptr && (above->kind == RuleKind::null || above->kind == RuleKind::fixed)) {
      skip();
      if (above->kind == RuleKind::null) {
        *out_ += "null";
      } else {
        append_quoted(*out_, above->fixed);
      }
    } else if (next() == '{') {
      object(above);
    } else if (next() == '[') {
      list(above);
    } else {
      scalar(above);
    }
  }

  void object(Place* above) {
    copy('{');
    enter();
    space();
    while (next() != '}') {
      const std::string_view key = string_token();
      *out_ += key;
      path_.emplace_back();
      decode(key, path_.back());
      space();
      copy(':');
      value(above);
      path_.pop_back();
      space();
      if (next() != '}') copy(',');
      space();
    }
    leave();
    copy('}');
  }

  void list(Place* above) {
    copy('[');
    enter();
    space();
    for (std::size_t index = 0; next() != ']'; ++index) {
      path_.push_back(std::to_string(index));
      value(above);
      path_.pop_back();
      space();
      if (next() != ']') copy(',');
      space();
    }
    leave();
    copy(']');
  }

  void scalar(Place* place) {
    const bool string = next() == '"';
    const std::string_view token = string ? string_token() : word_token();
    if (place == nullptr || place->kind == RuleKind::keep || token == "null") {
      *out_ += token;
      return;
    }
    plain_.clear();
    if (string) {
      decode(token, plain_);
    } else {
      plain_ = token;
    }
    if (!string && place->number && plain_.find_first_of("eE") == std::string::npos && plain_ != "true" && plain_ != "false") {
      place->number->apply(plain_, {}, *out_);
      return;
    }
    masked_.clear();
    place->text->apply(plain_, {}, masked_);
    append_quoted(*out_, masked_);
  }

  // Returns the token with its quotes.
  std::string_view string_token() {
    const std::size_t begin = at_;
    if (next() != '"') fail();
    for (++at_; next() != '"'; ++at_) {
      if (next() == '\\') ++at_;
    }
    ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string_view word_token() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_ascii_alnum(text_[at_]) || text_[at_] == '-' || text_[at_] == '+' || text_[at_] == '.')) ++at_;
    if (at_ == begin) fail();
    return text_.substr(begin, at_ - begin);
  }

  // Moves past a value.
  void skip() {
    int depth = 0;
    do {
      const char c = next();
      if (c == '"') {
        string_token();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':' || is_ascii_space(c)) {
        ++at_;
      } else {
        word_token();
      }
    } while (depth > 0);
  }

  std::uint32_t hex_number(std::string_view digits) {
    std::uint32_t code = 0;
    if (digits.size() < 4) fail();
    for (const char c : digits.substr(0, 4)) {
      const char lower = ascii_lower(c);
      code = code * 16 + static_cast<std::uint32_t>(is_ascii_digit(lower) ? lower - '0' : lower - 'a' + 10);
    }
    return code;
  }

  void decode(std::string_view token, std::string& into) {
    token = token.substr(1, token.size() - 2);
    for (std::size_t at = 0; at < token.size(); ++at) {
      if (token[at] != '\\') {
        into += token[at];
        continue;
      }
      switch (token[++at]) {
        case 'b': into += '\b'; break;
        case 'f': into += '\f'; break;
        case 'n': into += '\n'; break;
        case 'r': into += '\r'; break;
        case 't': into += '\t'; break;
        case 'u': {
          std::uint32_t code = hex_number(token.substr(at + 1));
          at += 4;
          if (code >= 0xD800 && code < 0xDC00 && token.substr(at + 1).starts_with("\\u")) {
            code = 0x10000 + ((code - 0xD800) << 10) + (hex_number(token.substr(at + 3)) - 0xDC00);
            at += 6;
          }
          append_utf8(into, code);
          break;
        }
        default: into += token[at];
      }
    }
  }

  void enter() {
    constexpr int kDeepest = 500;  // as deep as the library reads other JSON
    if (++depth_ > kDeepest) fail();
  }
  void leave() { --depth_; }

  std::vector<Place> places_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string* out_ = nullptr;
  std::vector<std::string> path_;
  std::string plain_, masked_;
};

}  // namespace

std::unique_ptr<ValueMask> make_json_mask(const Rule& rule, const Secret& key, bool utf8) {
  return std::make_unique<JsonMask>(rule, key, utf8);
}

}  // namespace holdfast::masking
