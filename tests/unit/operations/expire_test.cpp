// Two may expire one repository at once: a backup that the other one removed first is no failure.

#include <doctest/doctest.h>

#include "support/opened_repository.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// Removes a backup when the other one is about to.
struct Rival final : EventSink {
  Rival(Repository& where, const HostServices& host) : repository(where) { context.host = host; }
  void on_event(const Event& event) noexcept override {
    if (gone || event.message != "removing " + victim) return;
    gone = true;
    repository.layout().remove(victim, context);
  }
  Repository& repository;
  Context context;
  BackupId victim;
  bool gone = false;
};

template <class Kind>
void check_expires_beside_another() {
  OpenedRepository<Kind> at;
  Context& context = at.repo.context;
  Rival rival(at.repository, context.host);
  back_up(at.repository, context, {{"a", "1"}});
  at.repo.clock.advance(std::chrono::hours(1));
  rival.victim = back_up(at.repository, context, {{"a", "2"}});
  at.repo.clock.advance(std::chrono::hours(1));
  const BackupId last = back_up(at.repository, context, {{"a", "3"}});
  context.events = &rival;
  const RetentionPlan done = at.repository.expire({.keep_last = 1}, context);
  context.events = nullptr;
  CHECK(rival.gone);
  CHECK(done.removed() == 1);
  for (const RetentionDecision& decision : done.decisions) CHECK(decision.backup.id != rival.victim);
  REQUIRE(at.repository.list(context).size() == 1);
  CHECK(at.repository.list(context).front().id == last);
}

}  // namespace

TEST_CASE("an expire that finds a backup removed by another one goes on, and does not count it") {
  check_expires_beside_another<PackedRepository>();
  check_expires_beside_another<PlainRepository>();
}
