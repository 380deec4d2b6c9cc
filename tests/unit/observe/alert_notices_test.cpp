#include "holdfast/alert_notices.hpp"

#include <doctest/doctest.h>

namespace hf = holdfast;

namespace {

const hf::TimePoint kNow = hf::parse_time("2026-11-20T12:00:00Z");

hf::Alert overdue(hf::Severity severity = hf::Severity::critical) {
  return {
      .kind = hf::AlertKind::backup_overdue, .severity = severity, .series = "my shop", .since = kNow, .text = "no backup", .facts = {}};
}

}  // namespace

TEST_CASE("alerts are told once, again if they become worse, and when they end") {
  const hf::AlertChanges first = hf::alert_notices({overdue(hf::Severity::warning)}, {}, kNow);
  REQUIRE(first.notices.size() == 1);
  CHECK(first.notices[0].kind == hf::NoticeKind::overdue);
  CHECK(first.notices[0].severity == hf::NoticeSeverity::warning);
  CHECK(first.notices[0].series == "my shop");
  CHECK(hf::alert_notices({overdue(hf::Severity::warning)}, first.told, kNow).notices.empty());

  const hf::AlertChanges worse = hf::alert_notices({overdue()}, first.told, kNow);
  REQUIRE(worse.notices.size() == 1);  // and it is no end of the milder one
  CHECK(worse.notices[0].severity == hf::NoticeSeverity::critical);

  const hf::AlertChanges over = hf::alert_notices({}, worse.told, kNow);
  REQUIRE(over.notices.size() == 1);
  CHECK(over.notices[0].kind == hf::NoticeKind::recovered);
  CHECK(over.notices[0].series == "my shop");
  CHECK(over.notices[0].title == "backup overdue: my shop is over");
  CHECK(over.told.empty());
}

TEST_CASE("alerts of severity info are for pages, and two backups have two alerts") {
  CHECK(hf::alert_notices({overdue(hf::Severity::info)}, {}, kNow).notices.empty());
  hf::Alert one{.kind = hf::AlertKind::backup_damaged,
                .severity = hf::Severity::critical,
                .series = "",
                .since = kNow,
                .text = "",
                .facts = {{"backup", "a"}}};
  hf::Alert two = one;
  two.facts["backup"] = "b";
  const hf::AlertChanges both = hf::alert_notices({one, two}, {}, kNow);
  CHECK(both.notices.size() == 2);
  CHECK(hf::alert_notices({two}, both.told, kNow).notices.size() == 1);
}
