#include "job/job_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/nearest.hpp"
#include "holdfast/error.hpp"
#include "job/job_map.hpp"

namespace holdfast {

namespace {

std::string_view kind_of(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::list) return "a list";
  if (node.kind == YamlNode::Kind::map) return "a map";
  switch (node.type) {
    case YamlNode::Type::text: return "a text";
    case YamlNode::Type::integer: return "a whole number";
    case YamlNode::Type::boolean: return "true or false";
    case YamlNode::Type::number: return "a number with a fraction";
    case YamlNode::Type::null: break;
  }
  return "nothing";
}

std::string_view wanted_kind(KeyKind kind) {
  switch (kind) {
    case KeyKind::text:
    case KeyKind::choice: return "a text";
    case KeyKind::integer: return "a whole number";
    case KeyKind::boolean: return "true or false";
    case KeyKind::list: return "a list";
    case KeyKind::object:
    case KeyKind::map: break;
  }
  return "a map";
}

bool has_kind(const YamlNode& node, KeyKind kind) {
  const bool scalar = node.kind == YamlNode::Kind::scalar;
  switch (kind) {
    case KeyKind::text:
    case KeyKind::choice: return scalar && node.type == YamlNode::Type::text;
    case KeyKind::integer: return scalar && node.type == YamlNode::Type::integer;
    case KeyKind::boolean: return scalar && node.type == YamlNode::Type::boolean;
    case KeyKind::list: return node.kind == YamlNode::Kind::list;
    case KeyKind::object:
    case KeyKind::map: break;
  }
  return node.kind == YamlNode::Kind::map;
}

class KeyChecker {
 public:
  explicit KeyChecker(std::vector<JobFault>& faults) : faults_(faults) {}

  void check(const YamlNode& node, const KeySpec& spec, const std::string& path) {
    if (!has_kind(node, spec.kind)) {
      const bool quotable = node.kind == YamlNode::Kind::scalar && wanted_kind(spec.kind) == "a text" && !node.text.empty();
      return add(node, path,
                 fmt::format("this is {}, not {}{}", kind_of(node), wanted_kind(spec.kind), quotable ? "; put it in quotes" : ""));
    }
    switch (spec.kind) {
      case KeyKind::text: return text(node, spec, path);
      case KeyKind::choice: return choice(node, spec, path);
      case KeyKind::integer: return integer(node, spec, path);
      case KeyKind::boolean: return;
      case KeyKind::object: return object(node, spec, path);
      case KeyKind::list: return list(node, spec, path);
      case KeyKind::map: return map(node, spec, path);
    }
  }

 private:
  void add(const YamlNode& node, const std::string& path, const std::string& why) {
    // As an error, so that it is one line.
    faults_.push_back({place_of(node), Error(ErrorCode::invalid_argument, path.empty() ? why : path + ": " + why).message()});
  }

  void text(const YamlNode& node, const KeySpec& spec, const std::string& path) {
    if (node.text.empty()) return add(node, path, "this is empty; write something, or leave the key out");
    try {
      if (spec.form != nullptr) spec.form->check(node.text);
    } catch (const Error& error) {
      add(node, path, error.message());
    }
  }

  void choice(const YamlNode& node, const KeySpec& spec, const std::string& path) {
    if (std::ranges::find(spec.choices, std::string_view(node.text)) != spec.choices.end()) return;
    add(node, path, fmt::format("'{}' is not one of {}{}", node.text, fmt::join(spec.choices, ", "), suggestion(node.text, spec.choices)));
  }

  void integer(const YamlNode& node, const KeySpec& spec, const std::string& path) {
    std::int64_t value = 0;
    const char* const begin = node.text.data() + (node.text.starts_with('+') ? 1 : 0);
    const char* const end = node.text.data() + node.text.size();
    const auto read = std::from_chars(begin, end, value);
    if (read.ec == std::errc() && read.ptr == end && value >= spec.minimum && value <= spec.maximum) return;
    add(node, path, fmt::format("{} is not from {} to {}", node.text, spec.minimum, spec.maximum));
  }

  void object(const YamlNode& node, const KeySpec& spec, const std::string& path) {
    std::vector<std::string_view> names;
    for (const KeySpec& member : spec.members) names.push_back(member.name);
    for (const auto& [key, value] : node.members) {
      const auto found = std::ranges::find(spec.members, std::string_view(key.text), &KeySpec::name);
      if (found == spec.members.end()) {
        add(key, path, fmt::format("there is no key '{}'{}", key.text, suggestion(key.text, names)));
      } else {
        check(value, *found, path.empty() ? key.text : path + "." + key.text);
      }
    }
    for (const KeySpec& member : spec.members) {
      const auto same = [&](const auto& given) { return given.first.text == member.name; };
      if (member.required && std::ranges::none_of(node.members, same)) add(node, path, fmt::format("the key '{}' is missing", member.name));
    }
  }

  void enough(const YamlNode& node, const KeySpec& spec, const std::string& path, std::size_t count) {
    if (static_cast<std::int64_t>(count) < spec.minimum) add(node, path, "this is empty; write at least one");
  }

  void list(const YamlNode& node, const KeySpec& spec, const std::string& path) {
    enough(node, spec, path, node.items.size());
    for (std::size_t index = 0; index < node.items.size(); ++index)
      check(node.items[index], spec.members.front(), fmt::format("{}[{}]", path, index));
  }

  void map(const YamlNode& node, const KeySpec& spec, const std::string& path) {
    enough(node, spec, path, node.members.size());
    for (const auto& [key, value] : node.members) {
      try {
        name_form().check(key.text);
      } catch (const Error& error) {
        add(key, path, fmt::format("'{}' is no name: {}", key.text, error.message()));
      }
      check(value, spec.members.front(), path + "." + key.text);
    }
  }

  std::vector<JobFault>& faults_;
};

}  // namespace

void check_keys(const YamlNode& document, const KeySpec& spec, std::vector<JobFault>& faults) {
  KeyChecker(faults).check(document, spec, "");
}

}  // namespace holdfast
