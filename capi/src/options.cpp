#include "options.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "foreign.hpp"
#include "option_table.hpp"

using namespace holdfast::capi;

namespace {

class HostClock final : public holdfast::Clock {
 public:
  explicit HostClock(Owned<holdfast_clock_driver> driver) : driver_(std::move(driver)) { driver_.require(driver_->now, "now"); }
  holdfast::TimePoint now() const override { return holdfast::TimePoint(std::chrono::microseconds(driver_->now(driver_.data()))); }

 private:
  Owned<holdfast_clock_driver> driver_;
};

// A C text ends at a NUL: the bytes after it would be lost.
const char* whole(const std::string& text, const std::string& what) {
  if (text.find('\0') == std::string::npos) return text.c_str();
  refuse(what + " has a NUL, which a text can't: a password with one is set with holdfast_options_set_bytes()");
}

// Does not repeat the parser's message, which quotes the text: that may contain a password.
nlohmann::json parsed(std::string_view text) {
  std::set<std::string> keys;
  std::string twice;
  const auto see = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    if (event == nlohmann::json::parse_event_t::key && depth == 1 && !keys.insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return true;
  };
  // The parser would treat a NUL as the end.
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    refuse("the options have a NUL: see byte " + std::to_string(at + 1) + " of " + std::to_string(text.size()));
  nlohmann::json document;
  try {
    document = nlohmann::json::parse(text, see);
  } catch (const nlohmann::json::parse_error& error) {
    refuse("the options are not a JSON object in UTF-8: see byte " + std::to_string(error.byte) + " of " + std::to_string(text.size()));
  } catch (const nlohmann::json::exception&) {  // a number that fits no type
    refuse("the options have a number that is out of bounds");
  }
  if (!document.is_object()) refuse("the options are not a JSON object");
  if (!twice.empty()) refuse("option " + twice + " is there twice");
  return document;
}

void set_from_json(OptionSet& set, const std::string& key, const nlohmann::json& value) {
  whole(key, "an option's name");
  const holdfast_option_info* info = find_option(key);
  if (value.is_boolean()) return set.set_bool(key.c_str(), value.get<bool>());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)
    refuse("option " + key + ": " + value.dump() + " is more than an integer of 64 bits holds");
  if (value.is_number_integer()) return set.set_int64(key.c_str(), value.get<std::int64_t>());
  if (value.is_string()) return set.set_string(key.c_str(), whole(value.get_ref<const std::string&>(), "option " + key));
  if (!value.is_array()) refuse("option " + key + ": a text, an integer, true, false or a list of texts is wanted");
  if (info == nullptr || info->type != HOLDFAST_TYPE_LIST) set.add_string(key.c_str(), "");  // reports the error
  for (const auto& element : value) {
    if (!element.is_string()) refuse("option " + key + ": its list has something that is no text");
    set.add_string(key.c_str(), whole(element.get_ref<const std::string&>(), "option " + key));
  }
}

template <class Change>
holdfast_status change(holdfast_options* options, holdfast_error** err, Change&& make) {
  return guard("option", err, [&] {
    const Busy::Hold hold(required(options, "options").busy, "options");
    make(options->set);
  });
}

}  // namespace

holdfast_status holdfast_options_new(holdfast_options** out, holdfast_error** err) {
  clear(out);
  return guard("option", err, [&] { Out(out).make(); });
}

holdfast_status holdfast_options_from_json(holdfast_options** out, const char* text, size_t length, holdfast_error** err) {
  clear(out);
  return guard("option", err, [&] {
    Out result(out);
    const std::string_view json(&required(text, "text"), length);
    const nlohmann::json document = parsed(json);
    OptionSet set;
    for (const auto& [key, value] : document.items()) set_from_json(set, key, value);
    result.make(std::move(set));
  });
}

void holdfast_options_free(holdfast_options* options) { delete options; }

holdfast_status holdfast_options_set_string(holdfast_options* options, const char* key, const char* value, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.set_string(key, value); });
}

holdfast_status holdfast_options_set_int64(holdfast_options* options, const char* key, int64_t value, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.set_int64(key, value); });
}

holdfast_status holdfast_options_set_bool(holdfast_options* options, const char* key, int32_t value, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.set_bool(key, value != 0); });
}

holdfast_status holdfast_options_set_bytes(holdfast_options* options, const char* key, const void* data, size_t length,
                                           holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) {
    if (length > 0) required(static_cast<const char*>(data), "data");
    set.set_bytes(key, {static_cast<const std::byte*>(data), length});
  });
}

holdfast_status holdfast_options_add_string(holdfast_options* options, const char* key, const char* value, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.add_string(key, value); });
}

holdfast_status holdfast_options_unset(holdfast_options* options, const char* key, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.unset(key); });
}

holdfast_status holdfast_options_set_cancel(holdfast_options* options, holdfast_cancel_token* token, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.cancel = token == nullptr ? nullptr : token->source; });
}

holdfast_status holdfast_options_set_events(holdfast_options* options, holdfast_event_callback callback, void* user_data,
                                            void (*release)(void* user_data), holdfast_error** err) {
  // If something fails, whichever object owns it releases it.
  EventCallback first(callback, user_data, release);
  return change(options, err, [&](OptionSet& set) {
    if (callback == nullptr) refuse("callback is NULL");
    set.events = std::make_shared<const EventCallback>(std::move(first));
  });
}

holdfast_status holdfast_options_set_key_provider(holdfast_options* options, holdfast_key_driver* driver, holdfast_error** err) {
  return guard("option", err, [&] {
    Owned<holdfast_key_driver> table(driver, "driver");
    table.require(table->get, "get");
    const Busy::Hold hold(required(options, "options").busy, "options");
    options->set.key_provider = std::make_shared<const Owned<holdfast_key_driver>>(std::move(table));
  });
}

holdfast_status holdfast_options_set_clock(holdfast_options* options, holdfast_clock_driver* driver, holdfast_error** err) {
  return guard("option", err, [&] {
    auto clock = std::make_shared<const HostClock>(Owned<holdfast_clock_driver>(driver, "driver"));
    const Busy::Hold hold(required(options, "options").busy, "options");
    options->set.clock = std::move(clock);
  });
}

holdfast_status holdfast_options_add_driver(holdfast_options* options, holdfast_driver* driver, holdfast_error** err) {
  return guard("option", err, [&] {
    const auto added = foreign_driver(Owned<holdfast_driver>(driver, "driver"));
    const Busy::Hold hold(required(options, "options").busy, "options");
    const holdfast::DriverRegistry known_drivers = drivers_of(options->set);
    for (const auto& known : known_drivers.all()) {
      const auto schemes = known->schemes();
      if (known->name() == added->name() || std::find(schemes.begin(), schemes.end(), added->schemes().front()) != schemes.end()) {
        refuse("there is a driver " + std::string(known->name()) + " already with that name or scheme");
      }
    }
    options->set.drivers.push_back(added);
  });
}

holdfast_status holdfast_cancel_token_new(holdfast_cancel_token** out, holdfast_error** err) {
  clear(out);
  return guard("cancel", err, [&] { Out(out).make(std::make_shared<std::stop_source>()); });
}

void holdfast_cancel_token_request(holdfast_cancel_token* token) {
  if (token != nullptr) token->source->request_stop();
}

int32_t holdfast_cancel_token_is_requested(const holdfast_cancel_token* token) {
  return token != nullptr && token->source->stop_requested() ? 1 : 0;
}

void holdfast_cancel_token_free(holdfast_cancel_token* token) { delete token; }
