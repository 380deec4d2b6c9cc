#include "options_json.hpp"

#include <nlohmann/json.hpp>

#include "option_table.hpp"

namespace holdfast::capi {

namespace {

struct JsonTexts {
  std::vector<std::string> texts;
  bool has_others = false;  // also elements that are no texts
};

// The first stands for everything that is no value of an option.
using JsonOption = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, std::string, JsonTexts>;

constexpr int kOutOfBounds = 406;  // the JSON library's number of that error

// Receives what the parser reads. A tree of the JSON library is not possible here: its destructor allocates memory.
class OptionReader {
 public:
  explicit OptionReader(std::size_t size) : size_(size) {}

  bool null() { return put({}); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(std::int64_t value) { return put(value); }
  bool number_unsigned(std::uint64_t value) {
    if (value > INT64_MAX) return put(value);
    return put(static_cast<std::int64_t>(value));
  }
  bool number_float(double, const std::string&) { return put({}); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return put({}); }

  bool start_object(std::size_t) {
    if (depth_ > 0) put({});
    ++depth_;
    return true;
  }
  bool end_object() { return end(); }
  bool start_array(std::size_t) {
    put(JsonTexts{});
    ++depth_;
    return true;
  }
  bool end_array() { return end(); }

  bool key(std::string& name) {
    if (depth_ > 1 || !is_object_) return true;
    const auto [member, is_new] = options_.try_emplace(name);
    if (!is_new) twice_ = name;
    member_ = &member->second;
    return true;
  }

  // Does not repeat the parser's message, which quotes the text: that may contain a password.
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::json::exception& error) {
    if (error.id == kOutOfBounds) refuse("the options have a number that is out of bounds");
    refuse("the options are not a JSON object in UTF-8: see byte " + std::to_string(byte) + " of " + std::to_string(size_));
  }

  std::map<std::string, JsonOption> take() {
    if (!is_object_) refuse("the options are not a JSON object");
    if (!twice_.empty()) refuse("option " + twice_ + " is there twice");
    return std::move(options_);
  }

 private:
  bool put(JsonOption value) {
    if (depth_ == 0) {
      is_object_ = false;
    } else if (depth_ == 1 && is_object_) {
      *member_ = std::move(value);
    } else if (depth_ == 2 && is_object_) {
      auto* list = std::get_if<JsonTexts>(member_);
      auto* text = std::get_if<std::string>(&value);
      if (list != nullptr && text != nullptr) list->texts.push_back(std::move(*text));
      if (list != nullptr && text == nullptr) list->has_others = true;
    }
    return true;
  }

  bool end() {
    --depth_;
    return true;
  }

  const std::size_t size_;
  std::map<std::string, JsonOption> options_;
  std::string twice_;
  JsonOption* member_ = nullptr;  // the one whose value comes next, or whose list is open
  std::size_t depth_ = 0;
  bool is_object_ = true;
};

// A C text ends at a NUL: the bytes after it would be lost.
const char* whole(const std::string& text, const std::string& what) {
  if (text.find('\0') == std::string::npos) return text.c_str();
  refuse(what + " has a NUL, which a text can't: a password with one is set with holdfast_options_set_bytes()");
}

void set_from_json(OptionSet& set, const std::string& key, const JsonOption& value) {
  whole(key, "an option's name");
  const holdfast_option_info* info = find_option(key);
  if (const auto* flag = std::get_if<bool>(&value)) return set.set_bool(key.c_str(), *flag);
  if (const auto* number = std::get_if<std::uint64_t>(&value))
    refuse("option " + key + ": " + std::to_string(*number) + " is more than an integer of 64 bits holds");
  if (const auto* number = std::get_if<std::int64_t>(&value)) return set.set_int64(key.c_str(), *number);
  if (const auto* text = std::get_if<std::string>(&value)) return set.set_string(key.c_str(), whole(*text, "option " + key));
  const auto* list = std::get_if<JsonTexts>(&value);
  if (list == nullptr) refuse("option " + key + ": a text, an integer, true, false or a list of texts is wanted");
  if (info == nullptr || info->type != HOLDFAST_TYPE_LIST) set.add_string(key.c_str(), "");  // reports the error
  if (list->has_others) refuse("option " + key + ": its list has something that is no text");
  for (const std::string& text : list->texts) set.add_string(key.c_str(), whole(text, "option " + key));
}

}  // namespace

OptionSet options_in_json(std::string_view text) {
  // The parser would treat a NUL as the end.
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    refuse("the options have a NUL: see byte " + std::to_string(at + 1) + " of " + std::to_string(text.size()));
  OptionReader reader(text.size());
  nlohmann::json::sax_parse(text, &reader);
  OptionSet set;
  for (const auto& [key, value] : reader.take()) set_from_json(set, key, value);
  return set;
}

}  // namespace holdfast::capi
