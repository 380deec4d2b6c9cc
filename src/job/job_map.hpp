#pragma once

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <span>

#include "base/yaml.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/job.hpp"

namespace holdfast {

inline JobPlace place_of(const YamlNode& node) { return {node.place.line, node.place.column}; }

/// Reads the members of a map that passed the check of its keys.
class JobMap {
 public:
  explicit JobMap(const YamlNode* node) : node_(node) {}

  const YamlNode* find(std::string_view name) const {
    if (node_ == nullptr) return nullptr;
    const auto found = std::ranges::find_if(node_->members, [&](const auto& member) { return member.first.text == name; });
    return found == node_->members.end() ? nullptr : &found->second;
  }

  std::string text(std::string_view name, std::string otherwise = "") const {
    const YamlNode* found = find(name);
    return found == nullptr ? otherwise : found->text;
  }
  bool flag(std::string_view name, bool otherwise) const {
    const YamlNode* found = find(name);
    return found == nullptr ? otherwise : found->text.front() == 't' || found->text.front() == 'T';
  }
  std::uint64_t number(std::string_view name, std::uint64_t otherwise) const {
    const YamlNode* found = find(name);
    if (found == nullptr) return otherwise;
    const std::string digits = found->text.substr(found->text.starts_with('+') ? 1 : 0);
    std::from_chars(digits.data(), digits.data() + digits.size(), otherwise);
    return otherwise;
  }
  std::uint32_t count(std::string_view name, std::uint32_t otherwise = 0) const {
    return static_cast<std::uint32_t>(number(name, otherwise));
  }
  std::chrono::seconds duration(std::string_view name, std::chrono::seconds otherwise) const {
    const YamlNode* found = find(name);
    return found == nullptr ? otherwise : parse_duration(found->text);
  }
  std::optional<SecretReference> secret(std::string_view name) const {
    const YamlNode* found = find(name);
    return found == nullptr ? std::nullopt : std::optional(parse_secret_reference(found->text));
  }
  std::vector<std::string> texts(std::string_view name) const {
    std::vector<std::string> found;
    for (const YamlNode& item : items(name)) found.push_back(item.text);
    return found;
  }
  std::map<std::string, std::string> pairs(std::string_view name) const {
    std::map<std::string, std::string> found;
    for (const auto& [key, value] : members(name)) found.emplace(key.text, value.text);
    return found;
  }
  SecretReferences secrets(std::string_view name) const {
    SecretReferences found;
    for (const auto& [key, value] : members(name)) found.emplace_back(key.text, parse_secret_reference(value.text));
    return found;
  }
  std::span<const YamlNode> items(std::string_view name) const {
    const YamlNode* found = find(name);
    return found == nullptr ? std::span<const YamlNode>() : found->items;
  }
  std::span<const std::pair<YamlNode, YamlNode>> members(std::string_view name) const {
    const YamlNode* found = find(name);
    return found == nullptr ? std::span<const std::pair<YamlNode, YamlNode>>() : found->members;
  }

 private:
  const YamlNode* node_;
};

}  // namespace holdfast
