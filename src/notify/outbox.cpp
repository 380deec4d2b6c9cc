#include "notify/outbox.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/file_lock.hpp"
#include "base/if_there.hpp"
#include "base/json_writer.hpp"
#include "notify/stored_json.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kMostObjectBytes = 1U << 20;  // of one object
constexpr int kReplaced = 100;                        // times that a state may be replaced while it is read
constexpr std::size_t kSequenceDigits = 20, kUndeliveredKept = 1000;
constexpr const char* kWaiting = "/waiting/";
constexpr const char* kState = "/state/";
constexpr const char* kUndelivered = "/undelivered/";

std::string padded(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kSequenceDigits - digits.size(), '0') + digits;
}

std::uint64_t number_of(std::string_view name) {
  std::uint64_t number = 0;
  const std::string_view digits = name.substr(0, kSequenceDigits);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::uint64_t next_number(const std::vector<std::string>& names) { return names.empty() ? 1 : number_of(names.back()) + 1; }

void write_list(JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name);
  out.begin_array();
  for (const std::string& text : texts) out.value(text);
  out.end_array();
}

std::vector<std::string> read_list(const nlohmann::json& json, const char* name) {
  std::vector<std::string> texts;
  for (const nlohmann::json& text : json.at(name)) texts.push_back(text.get<std::string>());
  return texts;
}

std::string write_state(const DeliveryState& state) {
  JsonWriter out;
  out.begin_object();
  out.member("version", kOutboxVersion);
  write_list(out, "batch", state.batch);
  write_list(out, "done", state.done);
  out.member("attempts", state.attempts);
  out.member("refusals", state.refusals);
  out.member("not_before", format_time_micros(state.not_before));
  out.member("error", state.error);
  std::vector<std::string> times;
  for (const TimePoint time : state.messages) times.push_back(format_time_micros(time));
  write_list(out, "messages", times);
  out.end_object();
  return std::move(out).text();
}

DeliveryState read_delivery_state(std::string_view text, const std::string& object) {
  const char* what = "the state of a delivery: remove it, and the last message is sent once more";
  return read_outbox_json(text, object, what, [](const nlohmann::json& json) {
    DeliveryState state{.batch = read_list(json, "batch"),
                        .done = read_list(json, "done"),
                        .attempts = whole_number(json, "attempts"),
                        .refusals = whole_number(json, "refusals"),
                        .not_before = parse_time(text_of(json, "not_before")),
                        .error = text_of(json, "error"),
                        .messages = {}};
    for (const std::string& time : read_list(json, "messages")) state.messages.push_back(parse_time(time));
    return state;
  });
}

}  // namespace

Outbox::Outbox(std::shared_ptr<Storage> storage, std::filesystem::path folder, std::string channel)
    : storage_(std::move(storage)), folder_(std::move(folder)), channel_(std::move(channel)) {}

std::vector<std::string> Outbox::names_under(const std::string& prefix) const {
  std::vector<std::string> names;
  const std::string whole = channel_ + prefix;
  storage_->list(whole, [&](const ObjectInfo& object) {
    names.push_back(object.name.substr(whole.size()));
    return true;
  });
  return names;
}

void Outbox::remove_if_there(const std::string& object) {
  if_there([&] { storage_->remove(object); });
}

void Outbox::put(const StoredNotice& stored) {
  const std::vector<std::string> waiting = names_under(kWaiting);
  if (std::ranges::any_of(waiting, [&](const std::string& name) { return name.ends_with("-" + stored.id); })) return;
  // No name is used twice, because the state may still have it as done. The state's number is never less than those of
  // its names. Of two that are stored at the same time, either may be the first.
  const std::uint64_t number = std::max(next_number(waiting), next_number(names_under(kState)));
  storage_->put_new(channel_ + kWaiting + padded(number) + "-" + stored.id, as_bytes(write_stored(stored)));
}

Fd Outbox::lock() const { return try_lock_file(folder_ / (channel_ + ".lock")); }

std::vector<std::string> Outbox::waiting() const { return names_under(kWaiting); }

StoredNotice Outbox::read(const std::string& name) const {
  const std::string object = channel_ + kWaiting + name;
  return read_stored(as_text(get(*storage_, object, kMostObjectBytes)), object);
}

DeliveryState Outbox::state() const {
  for (int attempt = 1;; ++attempt) {
    const std::vector<std::string> names = names_under(kState);
    if (names.empty()) return {};
    const std::string object = channel_ + kState + names.back();
    try {
      return read_delivery_state(as_text(get(*storage_, object, kMostObjectBytes)), object);
    } catch (const Error& error) {  // the holder of the lock has replaced it since
      if (error.code() != ErrorCode::not_found || attempt == kReplaced) throw;
    }
  }
}

void Outbox::save(const DeliveryState& state) {
  const std::vector<std::string> before = names_under(kState);
  std::uint64_t number = next_number(before);
  for (const std::vector<std::string>& names : {state.batch, state.done})
    for (const std::string& name : names) number = std::max(number, number_of(name));
  storage_->put_new(channel_ + kState + padded(number), as_bytes(write_state(state)));
  for (const std::string& name : before) remove_if_there(channel_ + kState + name);
}

void Outbox::remove(const std::vector<std::string>& names) {
  for (const std::string& name : names) remove_if_there(channel_ + kWaiting + name);
}

void Outbox::keep_undelivered(const std::string& name, const std::string& why) {
  std::vector<std::string> kept = names_under(kUndelivered);
  Bytes notice;
  try {
    notice = get(*storage_, channel_ + kWaiting + name, kMostObjectBytes);
  } catch (const Error& error) {  // damaged: its reason is the report
    if (error.code() == ErrorCode::not_found) return;
  }
  JsonWriter out;
  out.begin_object();
  out.member("why", why);
  out.member("notice", as_text(notice));
  out.end_object();
  const std::string id = name.substr(std::min(kSequenceDigits, name.size()));
  storage_->put_new(channel_ + kUndelivered + padded(next_number(kept)) + id, as_bytes(std::move(out).text()));
  for (std::size_t i = 0; i + kUndeliveredKept <= kept.size(); ++i) remove_if_there(channel_ + kUndelivered + kept[i]);
}

std::uint64_t Outbox::undelivered() const { return names_under(kUndelivered).size(); }

std::vector<std::string> channels_in(Storage& storage) {
  std::set<std::string> found;
  storage.list("", [&](const ObjectInfo& object) {
    const std::size_t end = object.name.find('/');
    if (end != std::string::npos) found.insert(object.name.substr(0, end));
    return true;
  });
  return {found.begin(), found.end()};
}

}  // namespace holdfast
