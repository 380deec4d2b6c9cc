#include "holdfast/notice.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "holdfast/error.hpp"
#include "notify/stored_notice.hpp"

namespace hf = holdfast;

namespace {

hf::OperationRecord backup_record(hf::Outcome outcome) {
  hf::OperationRecord record;
  record.operation = "backup";
  record.outcome = outcome;
  record.sources = {"postgresql:///shop"};
  record.counts["rows"] = 7;
  record.message = outcome == hf::Outcome::failed ? "no space" : "";
  if (outcome == hf::Outcome::failed) record.error = hf::ErrorCode::no_space;
  return record;
}

}  // namespace

TEST_CASE("every kind of notice and severity has one name, which is read again") {
  CHECK(hf::notice_kinds().size() == 16);
  for (const hf::NoticeKind kind : hf::notice_kinds()) CHECK(hf::parse_notice_kind(to_string(kind)) == kind);
  for (const auto severity : {hf::NoticeSeverity::info, hf::NoticeSeverity::warning, hf::NoticeSeverity::critical})
    CHECK(hf::parse_notice_severity(to_string(severity)) == severity);
  CHECK_THROWS_WITH_AS(hf::parse_notice_kind("failure"), doctest::Contains("failed"), hf::Error);
  CHECK_THROWS_AS(hf::parse_notice_severity(""), hf::Error);
}

TEST_CASE("the outcome of an operation, and of the one before it, decide the notice") {
  using enum hf::NoticeKind;
  using hf::Outcome;
  const auto kind = [](Outcome outcome, std::optional<Outcome> previous) {
    return notice_of(backup_record(outcome), "shop", previous).kind;
  };
  CHECK(kind(Outcome::running, std::nullopt) == started);
  CHECK(kind(Outcome::failed, Outcome::succeeded) == failed);
  CHECK(kind(Outcome::failed, std::nullopt) == failed);
  CHECK(kind(Outcome::faults, Outcome::succeeded) == verification_fault);
  CHECK(kind(Outcome::cancelled, Outcome::succeeded) == cancelled);
  CHECK(kind(Outcome::succeeded, std::nullopt) == first_success);
  CHECK(kind(Outcome::warnings, std::nullopt) == first_success);
  CHECK(kind(Outcome::succeeded, Outcome::failed) == recovered);
  CHECK(kind(Outcome::succeeded, Outcome::faults) == recovered);
  CHECK(kind(Outcome::succeeded, Outcome::cancelled) == succeeded);
  CHECK(kind(Outcome::warnings, Outcome::succeeded) == warnings);
}

TEST_CASE("a notice of a failure is critical and says what, why and where") {
  const hf::Notice notice = notice_of(backup_record(hf::Outcome::failed), "shop", hf::Outcome::succeeded);
  CHECK(notice.severity == hf::NoticeSeverity::critical);
  CHECK(notice.title == "backup of shop FAILED");
  const auto json = nlohmann::json::parse(to_json(notice));
  CHECK(json["message"] == "no space");
  CHECK(json["facts"]["error"] == "no_space");
  CHECK(json["facts"]["sources"] == "postgresql:///shop");
  CHECK(json["facts"]["count.rows"] == "7");
}

TEST_CASE("a stored notice is read again as it was, and its id is that of its content") {
  hf::Notice notice = notice_of(backup_record(hf::Outcome::failed), "shop \xF0\x9F\x8E\x89", {});
  notice.time = hf::parse_time("2026-11-20T18:04:11.123456Z");
  const auto stored = hf::stored_notice(notice, hf::parse_time("2026-11-20T18:05:00Z"));
  const auto again = hf::read_stored(hf::write_stored(stored), "it");
  CHECK(again.id == stored.id);
  CHECK(again.stored == stored.stored);
  CHECK(to_json(again.notice) == to_json(notice));
  CHECK(hf::stored_notice(notice, {}).id == stored.id);
  notice.facts.emplace_back("more", "x");
  CHECK(hf::stored_notice(notice, {}).id != stored.id);
}

TEST_CASE("texts that are too long, not UTF-8 or not plain are stored cut and plain, and facts with each name once") {
  hf::Notice notice{.kind = hf::NoticeKind::failed,
                    .series = "a\r\nb",
                    .title = std::string(3000, 'x') + "\n",
                    .message = "a\xFF\x1b[2J\nb",
                    .facts = {}};
  for (int i = 0; i < 100; ++i) notice.facts.emplace_back(std::to_string(i / 2), std::string(5000, 'y'));
  const hf::Notice kept = hf::stored_notice(notice, {}).notice;
  CHECK(kept.series == "a  b");
  CHECK(kept.title.size() <= 500);
  CHECK(kept.title.ends_with("…"));
  CHECK(kept.message == "a\xEF\xBF\xBD [2J\nb");
  CHECK(kept.facts.size() == 50);
  for (int i = 0; i < 100; ++i) notice.facts.emplace_back("n" + std::to_string(i), "z");
  CHECK(hf::stored_notice(notice, {}).notice.facts.size() == 64);
  CHECK(hf::stored_notice(notice, {}).notice.facts.back().second.find("more facts") == 0);
}

TEST_CASE("a damaged notice is corrupt, and one of a later version unsupported") {
  const auto code = [](std::string_view text) {
    try {
      hf::read_stored(text, "shop/waiting/1");
    } catch (const hf::Error& error) {
      CHECK(error.message().find("shop/waiting/1") != std::string::npos);
      return error.code();
    }
    return hf::ErrorCode::internal;
  };
  for (const char* text : {"", "{", "[]", "7", R"({"version":1})", R"({"version":"1"})", R"({"version":1,"event":"x","facts":{}})",
                           R"({"version":1,"stored":"2026-11-20T18:04:11Z","event":"failed","severity":"info","time":"x","facts":{}})"}) {
    CAPTURE(text);
    CHECK(code(text) == hf::ErrorCode::corrupt);
  }
  CHECK(code(R"({"version":2})") == hf::ErrorCode::unsupported);
}
