#include <algorithm>

#include "holdfast/flag.hpp"
#include "option_table.hpp"
#include "options.hpp"

namespace holdfast::capi {

namespace {

const char* type_name(std::int32_t type) {
  switch (type) {
    case HOLDFAST_TYPE_STRING: return "a string";
    case HOLDFAST_TYPE_INTEGER: return "an integer";
    case HOLDFAST_TYPE_BOOLEAN: return "a boolean";
    case HOLDFAST_TYPE_BYTES: return "bytes";
    case HOLDFAST_TYPE_LIST: return "a list of strings";
    case HOLDFAST_TYPE_CHOICE: return "one of several words";
    default: return "a string";
  }
}

// Returns the keys of other areas that have this key's name, as words of a list: "expire.keep_last".
std::string elsewhere(const std::string& key) {
  const std::size_t dot = key.find('.');
  const std::string name = "." + (dot == std::string::npos ? key : key.substr(dot + 1));
  std::string keys;
  for (std::size_t i = 0; i < holdfast_option_count(); ++i) {
    const std::string known = holdfast_option_at(i)->name;
    if (known.ends_with(name) && known.find('.') + name.size() == known.size()) keys += (keys.empty() ? "" : " or ") + known;
  }
  return keys;
}

// Names the area that a misplaced key belongs to. Else lists the keys of the same area; of an unknown area, the areas
// that there are.
std::string known_like(const std::string& key) {
  if (const std::string keys = elsewhere(key); !keys.empty()) return ": it is " + keys;
  const std::string area = key.substr(0, key.find('.')) + ".";
  std::string names, areas, last;
  for (std::size_t i = 0; i < holdfast_option_count(); ++i) {
    const std::string name = holdfast_option_at(i)->name;
    if (name.starts_with(area)) names += (names.empty() ? "" : ", ") + name;
    const std::string its_area = name.substr(0, name.find('.') + 1);
    if (its_area != last) areas += (areas.empty() ? "" : ", ") + its_area;
    last = its_area;
  }
  return names.empty() ? "; keys begin with " + areas : "; there are " + names;
}

void check_choice(const holdfast_option_info& info, const std::string& value) {
  const std::string choices = "|" + std::string(info.choices) + "|";
  if (!value.empty() && value.find('|') == std::string::npos && choices.find("|" + value + "|") != std::string::npos) return;
  refuse("option " + std::string(info.name) + " is one of " + info.choices + ", not \"" + value + "\"");
}

const holdfast_option_info& declared(const std::string& key, std::initializer_list<std::int32_t> types) {
  const holdfast_option_info* info = find_option(key);
  if (info == nullptr) refuse("there is no option " + key + known_like(key));
  if (std::find(types.begin(), types.end(), info->type) == types.end()) refuse("option " + key + " is " + type_name(info->type));
  return *info;
}

const holdfast_option_info& info_of(const std::string& key) {
  const holdfast_option_info* info = find_option(key);
  if (info == nullptr) throw Error(ErrorCode::internal, "option " + key + " is not declared");
  return *info;
}

}  // namespace

void OptionSet::set_string(const char* key_text, const char* value) {
  const std::string key = required_text(key_text, "key");
  const auto& info = declared(key, {HOLDFAST_TYPE_STRING, HOLDFAST_TYPE_FAMILY, HOLDFAST_TYPE_BOOLEAN, HOLDFAST_TYPE_CHOICE});
  if (info.type == HOLDFAST_TYPE_BOOLEAN) return set_bool(key_text, parse_flag(key, &required(value, "value")));
  if (info.is_secret != 0) {
    values_.insert_or_assign(key, Secret(std::string_view(&required(value, "value"))));
  } else {
    std::string text = required_text(value, "value");
    if (info.type == HOLDFAST_TYPE_CHOICE) check_choice(info, text);
    values_.insert_or_assign(key, std::move(text));
  }
}

void OptionSet::set_int64(const char* key_text, std::int64_t value) {
  const std::string key = required_text(key_text, "key");
  const auto& info = declared(key, {HOLDFAST_TYPE_INTEGER});
  if (value < info.minimum || value > info.maximum) {
    refuse("option " + key + " is from " + std::to_string(info.minimum) + " to " + std::to_string(info.maximum) + ", not " +
           std::to_string(value));
  }
  values_.insert_or_assign(key, value);
}

void OptionSet::set_bool(const char* key_text, bool value) {
  const std::string key = required_text(key_text, "key");
  declared(key, {HOLDFAST_TYPE_BOOLEAN});
  values_.insert_or_assign(key, std::int64_t{value});
}

void OptionSet::set_bytes(const char* key_text, ByteView value) {
  const std::string key = required_text(key_text, "key");
  const auto& info = declared(key, {HOLDFAST_TYPE_BYTES, HOLDFAST_TYPE_STRING});
  if (info.is_secret == 0) refuse("option " + key + " is " + type_name(info.type));
  values_.insert_or_assign(key, Secret(value));
}

void OptionSet::add_string(const char* key_text, const char* value) {
  const std::string key = required_text(key_text, "key");
  declared(key, {HOLDFAST_TYPE_LIST});
  std::string text = required_text(value, "value");
  auto& list = values_.try_emplace(key, std::vector<std::string>()).first->second;
  std::get<std::vector<std::string>>(list).push_back(std::move(text));
}

void OptionSet::unset(const char* key_text) {
  const std::string key = required_text(key_text, "key");
  if (find_option(key) == nullptr) refuse("there is no option " + key + known_like(key));
  values_.erase(key);
}

std::string OptionSet::text(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? info_of(key).default_value : std::get<std::string>(found->second);
}

std::int64_t OptionSet::integer(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::stoll(info_of(key).default_value) : std::get<std::int64_t>(found->second);
}

bool OptionSet::flag(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? parse_flag(key, info_of(key).default_value) : std::get<std::int64_t>(found->second) != 0;
}

std::vector<std::string> OptionSet::list(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::vector<std::string>() : std::get<std::vector<std::string>>(found->second);
}

const Secret* OptionSet::secret(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &std::get<Secret>(found->second);
}

std::map<std::string, std::string> OptionSet::family(const std::string& name) const {
  std::map<std::string, std::string> members;
  for (auto at = values_.lower_bound(name); at != values_.end() && at->first.starts_with(name); ++at) {
    members.emplace(at->first.substr(name.size()), std::get<std::string>(at->second));
  }
  return members;
}

OptionSet options_of(const holdfast_options* options) {
  if (options == nullptr) return {};
  const Busy::Hold hold(options->busy, "options");
  return options->set;
}

OptionSet caller_of(const OptionSet& options) {
  OptionSet caller;
  caller.set_string("host.principal", options.text("host.principal").c_str());
  if (const Secret* key = options.secret("host.audit_key")) caller.set_bytes("host.audit_key", key->bytes());
  caller.audit_signer = options.audit_signer;
  return caller;
}

}  // namespace holdfast::capi
