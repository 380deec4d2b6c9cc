#include "holdfast/alert_notices.hpp"

#include <doctest/doctest.h>

namespace hf = holdfast;

namespace {

const hf::TimePoint kToday = hf::parse_time("2026-11-20T12:00:00Z");

hf::Alert overdue(hf::Severity severity = hf::Severity::critical) {
  return {
      .kind = hf::AlertKind::backup_overdue, .severity = severity, .series = "my shop", .since = kToday, .text = "no backup", .facts = {}};
}

}  // namespace

TEST_CASE("alerts are told once, again if they become worse, and when they end") {
  const hf::AlertChanges first = hf::alert_notices({overdue(hf::Severity::warning)}, {}, kToday);
  REQUIRE(first.notices.size() == 1);
  CHECK(first.notices[0].kind == hf::NoticeKind::overdue);
  CHECK(first.notices[0].severity == hf::NoticeSeverity::warning);
  CHECK(first.notices[0].series == "my shop");
  CHECK(hf::alert_notices({overdue(hf::Severity::warning)}, first.told, kToday).notices.empty());

  const hf::AlertChanges worse = hf::alert_notices({overdue()}, first.told, kToday);
  REQUIRE(worse.notices.size() == 1);  // and it is no end of the milder one
  CHECK(worse.notices[0].severity == hf::NoticeSeverity::critical);

  const hf::AlertChanges over = hf::alert_notices({}, worse.told, kToday);
  REQUIRE(over.notices.size() == 1);
  CHECK(over.notices[0].kind == hf::NoticeKind::recovered);
  CHECK(over.notices[0].series == "my shop");
  CHECK(over.notices[0].title == "backup overdue: my shop is over");
  CHECK(over.told.empty());
}

TEST_CASE("alerts of severity info are for pages, and two backups have two alerts") {
  CHECK(hf::alert_notices({overdue(hf::Severity::info)}, {}, kToday).notices.empty());
  hf::Alert one{.kind = hf::AlertKind::backup_damaged,
                .severity = hf::Severity::critical,
                .series = "",
                .since = kToday,
                .text = "",
                .facts = {{"backup", "a"}}};
  hf::Alert two = one;
  two.facts["backup"] = "b";
  const hf::AlertChanges both = hf::alert_notices({one, two}, {}, kToday);
  CHECK(both.notices.size() == 2);
  CHECK(hf::alert_notices({two}, both.told, kToday).notices.size() == 1);
}
