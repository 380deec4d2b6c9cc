#include "base/yaml.hpp"

#include <yaml.h>

#include <algorithm>
#include <set>

#include "base/ascii.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMostNesting = 16, kMostNodes = 100'000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

YamlPlace place_of(const yaml_mark_t& mark) { return {mark.line + 1, mark.column + 1}; }

bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_ascii_digit); }

/// "1.5", "-1e9", "1."
bool is_number(std::string_view text) {
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
    if (!all_digits(power)) return false;
    text = text.substr(0, exponent);
  }
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point), part = point == std::string_view::npos ? "" : text.substr(point + 1);
  return (whole.empty() || all_digits(whole)) && (part.empty() || all_digits(part)) && !(whole.empty() && part.empty());
}

YamlNode::Type type_of_plain(std::string_view text) {
  using Type = YamlNode::Type;
  const auto one_of = [&](std::initializer_list<std::string_view> words) { return std::ranges::find(words, text) != words.end(); };
  if (text.empty() || one_of({"~", "null", "Null", "NULL"})) return Type::null;
  if (one_of({"true", "True", "TRUE", "false", "False", "FALSE"})) return Type::boolean;
  if (all_digits(text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0))) return Type::integer;
  if (text.starts_with("0x") || text.starts_with("0o") || one_of({".inf", "-.inf", ".nan", ".NaN", ".Inf", "-.Inf"}) || is_number(text))
    return Type::number;
  return Type::text;
}

/// The parser of libyaml, event by event: its own stack is on the heap, so nesting costs no stack of ours.
class YamlEvents {
 public:
  explicit YamlEvents(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~YamlEvents() {
    if (event_.type != YAML_NO_EVENT) yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  YamlEvents(const YamlEvents&) = delete;
  YamlEvents& operator=(const YamlEvents&) = delete;

  /// Valid until the next call.
  const yaml_event_t& next() {
    if (event_.type != YAML_NO_EVENT) yaml_event_delete(&event_);
    event_ = {};
    if (yaml_parser_parse(&parser_, &event_) == 0) fail();
    return event_;
  }

 private:
  [[noreturn]] void fail() {
    event_ = {};
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    std::string what = parser_.problem == nullptr ? "this is no YAML" : parser_.problem;
    if (parser_.error != YAML_READER_ERROR) throw YamlFault{place_of(parser_.problem_mark), "this is no YAML: " + what};
    throw YamlFault{place_of(parser_.mark), "this is no UTF-8 text: " + what};
  }

  yaml_parser_t parser_;
  yaml_event_t event_{};
};

class YamlReader {
 public:
  YamlReader(std::string_view text, std::vector<YamlFault>& faults) : events_(text), faults_(faults) {}

  YamlNode document() {
    events_.next();  // the stream
    const yaml_event_t& begin = events_.next();
    if (begin.type == YAML_STREAM_END_EVENT) throw YamlFault{place_of(begin.start_mark), "the file is empty"};
    YamlNode root = node(events_.next(), 0);
    events_.next();  // the end of the document
    if (const yaml_event_t& more = events_.next(); more.type != YAML_STREAM_END_EVENT)
      throw YamlFault{place_of(more.start_mark), "a second document begins here; write one file for each"};
    return root;
  }

 private:
  YamlNode node(const yaml_event_t& event, std::size_t depth) {
    YamlNode made{.place = place_of(event.start_mark)};
    if (depth > kMostNesting) throw YamlFault{made.place, "this is nested too deeply; at most 16 levels"};
    if (++nodes_ > kMostNodes) throw YamlFault{made.place, "the file has more than 100,000 values"};
    switch (event.type) {
      case YAML_SCALAR_EVENT: scalar(event, made); break;
      case YAML_SEQUENCE_START_EVENT: list(event, made, depth); break;
      case YAML_MAPPING_START_EVENT: map(event, made, depth); break;
      default: throw YamlFault{made.place, "this is an alias (*name), which this file may not have; write the value out"};
    }
    return made;
  }

  static void refuse_marks(const yaml_char_t* anchor, const yaml_char_t* tag, const YamlPlace& place) {
    if (anchor != nullptr) throw YamlFault{place, "this has an anchor (&name), which this file may not have; write the value out"};
    if (tag != nullptr) throw YamlFault{place, "this has a tag (!name), which this file may not have"};
  }

  static void scalar(const yaml_event_t& event, YamlNode& made) {
    const auto& scalar = event.data.scalar;
    refuse_marks(scalar.anchor, scalar.tag, made.place);
    made.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (scalar.style == YAML_PLAIN_SCALAR_STYLE) made.type = type_of_plain(made.text);
  }

  void list(const yaml_event_t& event, YamlNode& made, std::size_t depth) {
    refuse_marks(event.data.sequence_start.anchor, event.data.sequence_start.tag, made.place);
    made.kind = YamlNode::Kind::list;
    for (const yaml_event_t* item = &events_.next(); item->type != YAML_SEQUENCE_END_EVENT; item = &events_.next())
      made.items.push_back(node(*item, depth + 1));
  }

  void map(const yaml_event_t& event, YamlNode& made, std::size_t depth) {
    refuse_marks(event.data.mapping_start.anchor, event.data.mapping_start.tag, made.place);
    made.kind = YamlNode::Kind::map;
    std::set<std::string> keys;
    for (const yaml_event_t* item = &events_.next(); item->type != YAML_MAPPING_END_EVENT; item = &events_.next()) {
      YamlNode key = node(*item, depth + 1);
      if (key.kind != YamlNode::Kind::scalar) throw YamlFault{key.place, "a key must be a word, not a list or map"};
      YamlNode value = node(events_.next(), depth + 1);
      if (keys.insert(key.text).second) {
        made.members.emplace_back(std::move(key), std::move(value));
      } else {
        faults_.push_back({key.place, "the key '" + key.text + "' is given twice"});
      }
    }
  }

  YamlEvents events_;
  std::vector<YamlFault>& faults_;
  std::size_t nodes_ = 0;
};

}  // namespace

YamlNode parse_yaml(std::string_view text, std::vector<YamlFault>& faults) {
  try {
    return YamlReader(text, faults).document();
  } catch (const YamlFault& fault) {
    faults.push_back({fault.place, fault.what});
    return {.type = YamlNode::Type::null, .place = fault.place};
  }
}

}  // namespace holdfast
