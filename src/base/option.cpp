#include "holdfast/option.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "base/duration.hpp"
#include "base/flag.hpp"
#include "base/json_tree.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kLongestShown = 64;

// Returns a caller's text in the form that an error quotes: cut before a NUL, and if it is long, between two UTF-8
// characters.
std::string shown(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  if (text.size() <= kLongestShown) return "'" + std::string(text) + "'";
  std::size_t end = kLongestShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return "'" + std::string(text.substr(0, end)) + "…'";
}

std::string joined(const std::vector<std::string>& words, const std::string& last_separator) {
  std::string text;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (at > 0) text += at + 1 == words.size() ? last_separator : ", ";
    text += words[at];
  }
  return text;
}

// Parses a text that is a number and nothing else. Returns null for any other text.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> size_in(std::string_view text) {
  std::uint64_t unit = 1;
  if (const std::size_t suffix = std::string_view("KMGT").find(text.empty() ? ' ' : text.back()); suffix != std::string_view::npos) {
    unit = std::uint64_t{1} << (10 * (suffix + 1));
    text.remove_suffix(1);
  }
  const auto number = number_in<std::uint64_t>(text);
  if (!number || *number > UINT64_MAX / unit) return std::nullopt;
  return *number * unit;
}

std::optional<std::vector<std::string>> list_in(const std::string& text) {
  const std::optional<JsonTree> json = try_parse_json(text);
  if (!json || !(*json)->is_array()) return std::nullopt;
  std::vector<std::string> words;
  for (const auto& word : **json) {
    if (!word.is_string()) return std::nullopt;
    words.push_back(word.get_ref<const std::string&>());
  }
  return words;
}

bool is_listed(const OptionSpec& spec, std::string_view word) { return std::ranges::find(spec.choices, word) != spec.choices.end(); }

std::optional<std::string> choice_in(const OptionSpec& spec, const std::string& text) {
  if (is_listed(spec, text)) return text;
  const std::optional<bool> flag = flag_in(text);
  const std::string word = !flag ? "" : *flag ? "yes" : "no";
  return flag && is_listed(spec, word) ? std::optional(word) : std::nullopt;
}

std::string bounds(const OptionSpec& spec) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  const std::string from = std::to_string(spec.minimum);
  return spec.maximum == kMost ? "at least " + from : "from " + from + " to " + std::to_string(spec.maximum);
}

std::string allowed(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::integer: return "a whole number " + bounds(spec);
    case OptionType::boolean: return "yes or no";
    case OptionType::size: return "bytes, or a number with K, M, G or T, " + bounds(spec);
    case OptionType::duration: return "a time like 90s, 15m, 12h, 7d or 1d12h, in seconds " + bounds(spec);
    case OptionType::choice: return joined(spec.choices, " or ");
    case OptionType::list: return R"(a JSON array of strings, as in ["a", "b"])";
    default: return "a text without a NUL";
  }
}

bool is_for(const OptionSpec& spec, DriverCall call) { return std::ranges::find(spec.calls, call) != spec.calls.end(); }

Error not_for(std::string_view owner, const OptionSpec& spec, DriverCall call) {
  std::vector<std::string> calls;
  for (const DriverCall one : spec.calls) calls.emplace_back(to_string(one));
  return {ErrorCode::invalid_argument, std::string(owner) + " option " + spec.name + " is for " + joined(calls, " and ") + ", not for " +
                                           std::string(to_string(call)) + ": leave it out"};
}

template <class Values>
typename Values::value_type named(std::string_view name, const Values& values, const char* kind) {
  std::vector<std::string> names;
  for (const auto value : values) {
    if (to_string(value) == name) return value;
    names.emplace_back(to_string(value));
  }
  throw Error(ErrorCode::invalid_argument, shown(name) + " is not a " + kind + " (known: " + joined(names, ", ") + ")");
}

bool within(const OptionSpec& spec, std::int64_t value) { return value >= spec.minimum && value <= spec.maximum; }

bool within(const OptionSpec& spec, std::uint64_t value) { return value <= INT64_MAX && within(spec, static_cast<std::int64_t>(value)); }

}  // namespace

/// Fills ParsedOptions.
class OptionParser {
 public:
  OptionParser(std::string_view owner, std::span<const OptionSpec> specs) : owner_(owner), specs_(specs) {}

  ParsedOptions parse(const Options& given) const {
    for (const auto& [name, value] : given) check_known(name);
    ParsedOptions parsed;
    for (const OptionSpec& spec : specs_) {
      const auto found = given.find(spec.name);
      const bool is_given = found != given.end();
      parsed.values_.emplace(spec.name, ParsedOptions::Parsed{is_given ? read(spec, found->second) : by_default(spec), is_given});
    }
    return parsed;
  }

 private:
  using Value = ParsedOptions::Value;

  void check_known(const std::string& name) const {
    if (std::ranges::find(specs_, name, &OptionSpec::name) != specs_.end()) return;
    std::vector<std::string> names;
    for (const OptionSpec& spec : specs_) names.push_back(spec.name);
    throw Error(ErrorCode::invalid_argument,
                owner_ + " has no option " + shown(name) + (names.empty() ? " (it has none)" : " (known: " + joined(names, ", ") + ")"));
  }

  Value by_default(const OptionSpec& spec) const {
    if (!spec.default_value.empty()) return read(spec, spec.default_value);
    switch (spec.type) {
      case OptionType::integer: return std::int64_t{0};
      case OptionType::boolean: return false;
      case OptionType::size: return std::uint64_t{0};
      case OptionType::duration: return std::chrono::seconds(0);
      case OptionType::list: return std::vector<std::string>();
      default: return std::string();
    }
  }

  Value read(const OptionSpec& spec, const std::string& text) const {
    if (auto value = value_in(spec, text)) return std::move(*value);
    throw Error(ErrorCode::invalid_argument,
                owner_ + " option " + spec.name + " takes " + allowed(spec) + (spec.secret ? "" : ", not " + shown(text)));
  }

  static std::optional<Value> value_in(const OptionSpec& spec, const std::string& text) {
    if (text.find('\0') != std::string::npos) return std::nullopt;
    switch (spec.type) {
      case OptionType::integer: return bounded(spec, number_in<std::int64_t>(text));
      case OptionType::boolean: return flag_in(text);
      case OptionType::size: return bounded(spec, size_in(text));
      case OptionType::duration: {
        const auto time = duration_in(text);
        return time && within(spec, std::int64_t{time->count()}) ? std::optional<Value>(*time) : std::nullopt;
      }
      case OptionType::choice: return choice_in(spec, text);
      case OptionType::list: return list_in(text);
      default: return text;
    }
  }

  template <class Number>
  static std::optional<Value> bounded(const OptionSpec& spec, std::optional<Number> number) {
    return number && within(spec, *number) ? std::optional<Value>(*number) : std::nullopt;
  }

  const std::string owner_;
  const std::span<const OptionSpec> specs_;
};

std::string_view to_string(OptionType type) noexcept {
  switch (type) {
    case OptionType::integer: return "integer";
    case OptionType::boolean: return "boolean";
    case OptionType::size: return "size";
    case OptionType::duration: return "duration";
    case OptionType::choice: return "choice";
    case OptionType::list: return "list";
    default: return "string";
  }
}

std::string_view to_string(DriverCall call) noexcept {
  switch (call) {
    case DriverCall::backup: return "backup";
    case DriverCall::restore: return "restore";
    case DriverCall::verify: return "verify";
    case DriverCall::doctor: return "doctor";
    default: return "export";
  }
}

OptionType parse_option_type(std::string_view name) {
  using enum OptionType;
  return named(name, std::array{string, integer, boolean, size, duration, choice, list}, "type of an option");
}

DriverCall parse_driver_call(std::string_view name) { return named(name, kDriverCalls, "call of a driver"); }

const ParsedOptions::Parsed& ParsedOptions::find(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  throw Error(ErrorCode::internal, "option " + std::string(name) + " is not declared");
}

template <class T>
const T& ParsedOptions::value(std::string_view name) const {
  if (const T* found = std::get_if<T>(&find(name).value)) return *found;
  throw Error(ErrorCode::internal, "option " + std::string(name) + " is declared with another type");
}

bool ParsedOptions::given(std::string_view name) const { return find(name).given; }
const std::string& ParsedOptions::text(std::string_view name) const { return value<std::string>(name); }
bool ParsedOptions::flag(std::string_view name) const { return value<bool>(name); }
std::int64_t ParsedOptions::integer(std::string_view name) const { return value<std::int64_t>(name); }
std::uint64_t ParsedOptions::size(std::string_view name) const { return value<std::uint64_t>(name); }
std::chrono::seconds ParsedOptions::duration(std::string_view name) const { return value<std::chrono::seconds>(name); }
const std::vector<std::string>& ParsedOptions::list(std::string_view name) const { return value<std::vector<std::string>>(name); }

ParsedOptions parse_options(std::string_view owner, std::span<const OptionSpec> specs, const Options& given) {
  return OptionParser(owner, specs).parse(given);
}

ParsedOptions parse_options(std::string_view owner, std::span<const OptionSpec> specs, DriverCall call, const Options& given) {
  for (const OptionSpec& spec : specs) {
    if (given.contains(spec.name) && !is_for(spec, call)) throw not_for(owner, spec, call);
  }
  return OptionParser(owner, options_for(specs, call)).parse(given);
}

std::vector<OptionSpec> options_for(std::span<const OptionSpec> specs, DriverCall call) {
  std::vector<OptionSpec> taken;
  std::ranges::copy_if(specs, std::back_inserter(taken), [&](const OptionSpec& spec) { return is_for(spec, call); });
  return taken;
}

}  // namespace holdfast
