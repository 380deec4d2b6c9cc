#include "notify/stored_notice.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/plain_text.hpp"
#include "notify/notice_json.hpp"
#include "notify/stored_json.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMostTitle = 500, kMostMessage = 8000, kMostName = 100, kMostValue = 1000, kMostFacts = 64;
constexpr std::size_t kIdDigits = 32;

void cut(Notice& notice) {
  notice.title = shortened(plain_line(notice.title), kMostTitle);
  notice.series = shortened(plain_line(notice.series), kMostTitle);
  notice.message = shortened(plain_text(notice.message), kMostMessage);
  std::vector<std::pair<std::string, std::string>> facts;
  for (const auto& [name, value] : notice.facts) {
    if (facts.size() == kMostFacts) {
      facts.back() = {"…", "more facts than a notice holds"};
      break;
    }
    std::string shown = shortened(plain_line(name), kMostName);
    const bool known = std::ranges::any_of(facts, [&](const auto& fact) { return fact.first == shown; });
    if (!known) facts.emplace_back(std::move(shown), shortened(plain_text(value), kMostValue));
  }
  notice.facts = std::move(facts);
}

Notice read_notice(const nlohmann::json& json) {
  Notice notice{.kind = parse_notice_kind(text_of(json, "event")),
                .severity = parse_notice_severity(text_of(json, "severity")),
                .series = text_of(json, "series"),
                .time = parse_time(text_of(json, "time")),
                .title = text_of(json, "title"),
                .message = text_of(json, "message"),
                .facts = {}};
  for (const nlohmann::json& fact : json.at("facts"))
    notice.facts.emplace_back(fact.at(0).get_ref<const std::string&>(), fact.at(1).get_ref<const std::string&>());
  return notice;
}

}  // namespace

StoredNotice stored_notice(Notice notice, TimePoint now) {
  if (notice.time == TimePoint{}) notice.time = now;
  cut(notice);
  std::string id = sha256_hex(as_bytes(to_json(notice))).substr(0, kIdDigits);
  return {std::move(id), now, std::move(notice)};
}

std::string write_stored(const StoredNotice& stored) {
  JsonWriter out;
  out.begin_object();
  out.member("version", kOutboxVersion);
  out.member("id", stored.id);
  out.member("stored", format_time_micros(stored.stored));
  write_texts(out, stored.notice);
  out.key("facts");  // an array: it keeps their order
  out.begin_array();
  for (const auto& [name, value] : stored.notice.facts) {
    out.begin_array();
    out.value(name);
    out.value(value);
    out.end_array();
  }
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

StoredNotice read_stored(std::string_view text, const std::string& object) {
  return read_outbox_json(text, object, "a stored notice", [](const nlohmann::json& json) {
    return StoredNotice{text_of(json, "id"), parse_time(text_of(json, "stored")), read_notice(json)};
  });
}

}  // namespace holdfast
