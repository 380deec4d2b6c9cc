#include "mask/yaml.hpp"

#include <yaml.h>

#include <memory>

#include "holdfast/error.hpp"

namespace holdfast::masking {

namespace {

class YamlParser {
 public:
  YamlParser(std::string_view text, const std::string& name) : name_(name) {
    if (yaml_parser_initialize(&parser_) != 1) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~YamlParser() { yaml_parser_delete(&parser_); }
  YamlParser(const YamlParser&) = delete;
  YamlParser& operator=(const YamlParser&) = delete;

  YamlValue document() {
    YamlValue root{.kind = YamlValue::Kind::map, .place = {1, 1}};
    expect(YAML_STREAM_START_EVENT);
    if (Event event(*this); event.type() == YAML_STREAM_END_EVENT) return root;
    root = value(Event(*this), 0);
    expect(YAML_DOCUMENT_END_EVENT);
    const Event end(*this);
    if (end.type() != YAML_STREAM_END_EVENT) fail(end.place(), "there are several documents: leave one");
    return root;
  }

 private:
  // One step of the parser.
  class Event {
   public:
    explicit Event(YamlParser& owner) {
      if (yaml_parser_parse(&owner.parser_, &event_) == 1) return;
      const yaml_mark_t& mark = owner.parser_.problem_mark;
      const char* problem = owner.parser_.problem;
      owner.fail({mark.line + 1, mark.column + 1}, problem == nullptr ? "this is no YAML" : problem);
    }
    ~Event() { yaml_event_delete(&event_); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    yaml_event_type_t type() const noexcept { return event_.type; }
    YamlPlace place() const noexcept { return {event_.start_mark.line + 1, event_.start_mark.column + 1}; }
    std::string text() const { return {reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length}; }
    bool plain() const noexcept { return event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE; }

   private:
    yaml_event_t event_{};
  };

  [[noreturn]] void fail(const YamlPlace& place, const std::string& why) const {
    throw Error(ErrorCode::invalid_argument, text_of(name_, place) + ": " + why);
  }

  void expect(yaml_event_type_t type) {
    const Event event(*this);
    if (event.type() != type) fail(event.place(), "this is no YAML");
  }

  YamlValue value(const Event& event, int depth) {
    constexpr int kDeepest = 32;  // rules need five levels
    if (depth > kDeepest) fail(event.place(), "the nesting is too deep");
    switch (event.type()) {
      case YAML_SCALAR_EVENT: return {.text = event.text(), .plain = event.plain(), .place = event.place()};
      case YAML_SEQUENCE_START_EVENT: return list(event.place(), depth);
      case YAML_MAPPING_START_EVENT: return map(event.place(), depth);
      default: fail(event.place(), "aliases are not supported: repeat the value");
    }
  }

  YamlValue list(const YamlPlace& place, int depth) {
    YamlValue list{.kind = YamlValue::Kind::list, .place = place};
    for (;;) {
      const Event event(*this);
      if (event.type() == YAML_SEQUENCE_END_EVENT) return list;
      list.items.push_back(value(event, depth + 1));
    }
  }

  YamlValue map(const YamlPlace& place, int depth) {
    YamlValue map{.kind = YamlValue::Kind::map, .place = place};
    for (;;) {
      const Event event(*this);
      if (event.type() == YAML_MAPPING_END_EVENT) return map;
      YamlValue key = value(event, depth + 1);
      if (key.kind != YamlValue::Kind::scalar) fail(key.place, "a key must be a text");
      for (const auto& [other, ignored] : map.members) {
        if (other.text == key.text) fail(key.place, "'" + key.text + "' is here twice");
      }
      YamlValue item = value(Event(*this), depth + 1);
      map.members.emplace_back(std::move(key), std::move(item));
    }
  }

  const std::string& name_;
  yaml_parser_t parser_{};
};

}  // namespace

YamlValue parse_yaml(std::string_view text, const std::string& name) { return YamlParser(text, name).document(); }

std::string text_of(const std::string& name, const YamlPlace& place) {
  return name + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace holdfast::masking
