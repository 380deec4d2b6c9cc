// The audit records that operations leave, in both layouts, encrypted and with a host's signer.
#include "holdfast/audit.hpp"

#include <doctest/doctest.h>

#include <set>

#include "holdfast/host.hpp"
#include "repository/audit/trail.hpp"
#include "support/opened_repository.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// Keeps the last `ended` event.
class LastEnded final : public EventSink {
 public:
  void on_event(const Event& event) noexcept override {
    if (event.kind == EventKind::ended) ended = event;
  }
  Event ended;
};

template <typename Kind>
struct AuditRig {
  explicit AuditRig(bool encrypted) : repo(encrypted), repository(open()) {
    repo.context.host.principal = "ada@example.org";
    if (!encrypted) repo.context.host.audit_signer = signer.get();
  }

  Repository open() {
    repo.reopen();
    return {std::move(repo.layout), builtin_drivers(), repo.key};
  }
  void set(AuditPolicy policy) { set_audit_policy(repository, policy, repo.context); }
  BackupId back_up() { return test::back_up(repository, repo.context, {{"a", "text"}}); }
  std::vector<AuditRecord> records() { return audit_records(repository, repo.context); }
  std::string actions() {
    std::string text;
    for (const AuditRecord& record : records()) text += (text.empty() ? "" : " ") + record.action + ":" + record.outcome;
    return text;
  }
  std::string faults(const AuditCheckOptions& options = {}) { return to_text(verify_audit(repository, options, repo.context).faults); }
  std::size_t audit_objects() {
    std::size_t count = 0;
    for (const auto& [name, bytes] : repo.storage->objects()) count += name.starts_with(kAuditPrefix) ? 1 : 0;
    return count;
  }
  /// Fails each put under audit/ from the `count`th on.
  void fail_puts_from(int count) {
    repo.storage->set_hook([count](const HookedStorage::Step& step) mutable {
      if (step.when == HookedStorage::When::before && step.operation == "put" && step.object.starts_with(kAuditPrefix) && count-- <= 0)
        throw Error(ErrorCode::io, "no room", true);
    });
  }
  std::set<BackupId> ids() {
    std::set<BackupId> ids;
    for (const BackupInfo& info : repository.list(repo.context)) ids.insert(info.id);
    return ids;
  }

  Kind repo;
  std::shared_ptr<AuditSigner> signer = ed25519_signer(Secret(std::string(32, 's')));
  Repository repository;
};

template <typename Check>
void in_every_layout(const Check& check) {
  for (const bool encrypted : {true, false}) {
    CAPTURE(encrypted);
    {
      INFO("packed");
      AuditRig<PackedRepository> rig(encrypted);
      check(rig);
    }
    INFO("plain");
    AuditRig<PlainRepository> rig(encrypted);
    check(rig);
  }
}

}  // namespace

TEST_CASE("a repository that was not told to audit has no audit records") {
  in_every_layout([](auto& rig) {
    const BackupId id = rig.back_up();
    rig.repository.remove(id, rig.repo.context);
    CHECK(audit_policy(rig.repository, rig.repo.context) == AuditPolicy::off);
    CHECK(rig.audit_objects() == 0);
    CHECK(verify_audit(rig.repository, {}, rig.repo.context).ok());
  });
}

TEST_CASE("audit records say who did what, when, from where, and how it ended") {
  in_every_layout([](auto& rig) {
    rig.set(AuditPolicy::best_effort);
    const BackupId id = rig.back_up();
    rig.repo.clock.advance(std::chrono::seconds(60));
    rig.repository.remove(id, rig.repo.context);
    CHECK(code_of([&] { rig.repository.remove("backup_20200101_000000_00000000", rig.repo.context); }) != ErrorCode{0});
    CHECK(rig.actions() == "set_audit_policy:succeeded backup:succeeded remove:succeeded remove:failed");
    const std::vector<AuditRecord> records = rig.records();
    CHECK(records[1].backups == std::vector<std::string>{id});
    CHECK(records[1].sources == std::vector<std::string>{"test:shop"});
    CHECK(records[2].principal == "ada@example.org");
    CHECK(records[2].host != "");
    CHECK(records[2].time == rig.repo.clock.now());
    CHECK(records[3].error != "");
    CHECK(records[3].message != "");
    CHECK(records[3].previous_sha256 == records[2].sha256);
    CHECK(rig.faults() == "");
  });
}

TEST_CASE("a required record is there before the operation and after it") {
  in_every_layout([](auto& rig) {
    rig.set(AuditPolicy::required);
    rig.back_up();
    CHECK(rig.actions() == "set_audit_policy:succeeded backup:running backup:succeeded");
    const auto records = rig.records();
    CHECK(records[1].operation == records[2].operation);
    CHECK(records[1].operation.size() == 12);
  });
}

TEST_CASE("without the required record nothing begins, and nothing is done") {
  in_every_layout([](auto& rig) {
    const BackupId id = rig.back_up();
    rig.set(AuditPolicy::required);
    rig.fail_puts_from(0);
    CHECK(code_of([&] { rig.repository.remove(id, rig.repo.context); }) == ErrorCode::io);
    CHECK(code_of([&] { rig.back_up(); }) == ErrorCode::io);
    rig.repo.storage->set_hook({});
    CHECK(rig.ids() == std::set<BackupId>{id});
  });
}

TEST_CASE("an operation whose required end record can't be put is reported as failed, and its beginning is on record") {
  in_every_layout([](auto& rig) {
    rig.set(AuditPolicy::required);
    rig.fail_puts_from(1);
    try {
      rig.back_up();
      FAIL("reported as done");
    } catch (const Error& error) {
      CHECK(error.message().find("the work was done, but the audit record of its end") != std::string::npos);
    }
    rig.repo.storage->set_hook({});
    CHECK(rig.ids().size() == 1);
    CHECK(rig.actions() == "set_audit_policy:succeeded backup:running");
  });
}

TEST_CASE("with best effort, an operation without a record succeeds with a warning") {
  in_every_layout([](auto& rig) {
    rig.set(AuditPolicy::best_effort);
    rig.fail_puts_from(0);
    rig.back_up();
    rig.repo.storage->set_hook({});
    CHECK(rig.repo.context.warnings() == 1);
    CHECK(rig.ids().size() == 1);
    CHECK(rig.audit_objects() == 1);
  });
}

TEST_CASE("every operation that the documents list leaves a record") {
  in_every_layout([](auto& rig) {
    rig.set(AuditPolicy::best_effort);
    auto& context = rig.repo.context;
    const BackupId id = rig.back_up();
    CHECK(rig.repository.view(id, 0, context).source().name == "shop");
    AuditRig<PlainRepository> other(false);
    set_audit_policy(other.repository, AuditPolicy::best_effort, other.repo.context);
    context.host.audit_signer = other.signer.get();  // the copy is recorded in both repositories
    if (rig.repo.key) {
      context.host.audit_signer = nullptr;
    } else {
      rig.repository.copy_to(id, other.repository, {}, context);
      CHECK(other.actions() == "set_audit_policy:succeeded copy_in:succeeded");
    }
    rig.repository.expire({.keep_last = 5}, context);
    rig.repository.remove(id, context);
    rig.repository.collect_garbage({}, context);
    const std::string copied = rig.repo.key ? "" : " copy:succeeded";
    CHECK(rig.actions() ==
          "set_audit_policy:succeeded backup:succeeded read:succeeded" + copied + " expire:succeeded remove:succeeded gc:succeeded");
    rig.set(AuditPolicy::off);
    rig.back_up();
    CHECK(rig.records().back().action == "set_audit_policy");
    CHECK(rig.faults() == "");
  });
}

TEST_CASE("changes of keys leave records that name the key") {
  AuditRig<PackedRepository> rig(true);
  rig.set(AuditPolicy::best_effort);
  const std::string slot = rig.repository.add_key(raw_key(Secret(std::string(32, 'z'))), rig.repo.context);
  rig.repository.remove_key(slot, rig.repo.context);
  rig.repository.rotate_data_key(rig.repo.context);
  CHECK(rig.actions() == "set_audit_policy:succeeded add_key:succeeded remove_key:succeeded rotate_data_key:succeeded");
  CHECK(rig.records()[1].where == slot);
  CHECK(rig.records()[2].where == slot);
  Repository again = rig.open();
  CHECK(verify_audit(again, {}, rig.repo.context).ok());
}

TEST_CASE("audit records are nobody's leftovers, and older operations ignore them") {
  in_every_layout([](auto& rig) {
    rig.set(AuditPolicy::best_effort);
    const BackupId id = rig.back_up();
    const auto before = rig.audit_objects();
    rig.repo.clock.advance(std::chrono::hours(100));
    rig.repository.collect_garbage({}, rig.repo.context);
    rig.repository.expire({.keep_last = 1}, rig.repo.context);
    CHECK(rig.audit_objects() == before + 2);
    CHECK(to_text(rig.repository.verify_repository(VerifyLevel::full, rig.repo.context).faults) == "");
    CHECK(to_text(rig.repository.verify(id, {.level = VerifyLevel::full}, rig.repo.context).faults) == "");
  });
}

TEST_CASE("a host with another key can't write to the trail, and is told whose key it needs") {
  in_every_layout([](auto& rig) {
    rig.set(AuditPolicy::required);
    const BackupId id = rig.back_up();
    const auto stranger = ed25519_signer(Secret(std::string(32, 'x')));
    rig.repo.context.host.audit_signer = stranger.get();
    Repository other = rig.open();
    CHECK(code_of([&] { other.remove(id, rig.repo.context); }) == ErrorCode::wrong_key);
    CHECK(rig.ids() == std::set<BackupId>{id});
  });
}

TEST_CASE("an operation that began under another policy does not bring that policy back") {
  in_every_layout([](auto& rig) {
    rig.set(AuditPolicy::best_effort);
    const auto session = rig.repository.begin({}, rig.repo.context);
    TestRepository::fill(session->add_source(TestRepository::source()), {{"a", "text"}});
    Repository other = rig.open();
    set_audit_policy(other, AuditPolicy::required, rig.repo.context);
    session->commit();
    CHECK(audit_policy(other, rig.repo.context) == AuditPolicy::required);
    CHECK(rig.faults() == "");
  });
}

TEST_CASE("an unencrypted repository can't be audited without a host's signer: anybody could sign") {
  PackedRepository repo(false);
  Repository repository(std::move(repo.layout), builtin_drivers());
  CHECK(code_of([&] { set_audit_policy(repository, AuditPolicy::required, repo.context); }) == ErrorCode::invalid_state);
  CHECK(repo.count("audit/") == 0);
}

TEST_CASE("verification names its key, and says whether anybody but the records vouches for it") {
  AuditRig<PackedRepository> sealed(true), open(false);
  sealed.set(AuditPolicy::best_effort);
  open.set(AuditPolicy::best_effort);
  CHECK(verify_audit(sealed.repository, {}, sealed.repo.context).key_known);
  CHECK(verify_audit(open.repository, {}, open.repo.context).key_known);
  open.repo.context.host.audit_signer = nullptr;
  const AuditReport report = verify_audit(open.repository, {}, open.repo.context);
  CHECK(report.ok());
  CHECK_FALSE(report.key_known);
  CHECK(verify_audit(open.repository, {.anchor = {}, .public_key = report.public_key}, open.repo.context).key_known);
  CHECK(verify_audit(open.repository, {.anchor = {}, .public_key = std::string(64, '0')}, open.repo.context).faults.size() == 1);
  CHECK(code_of([&] { verify_audit(open.repository, {.anchor = {}, .public_key = "x"}, open.repo.context); }) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("expiry removes a prefix of the records, says so in a signed record, and hides no fault") {
  in_every_layout([](auto& rig) {
    auto& context = rig.repo.context;
    rig.set(AuditPolicy::best_effort);
    for (int i = 0; i < 3; ++i) rig.back_up();
    const std::string old_anchor = make_audit_anchor(rig.repository, context);
    rig.repo.clock.advance(std::chrono::hours(24 * 400));
    rig.back_up();
    const TimePoint before = rig.repo.clock.now() - std::chrono::hours(1);
    CHECK(expire_audit(rig.repository, before, context) == 4);
    CHECK(rig.actions() == "backup:succeeded expire_audit:succeeded");
    const AuditReport report = verify_audit(rig.repository, {.anchor = old_anchor, .public_key = {}}, context);
    CHECK(to_text(report.faults) == "");
    CHECK(report.first == 5);
    CHECK(expire_audit(rig.repository, before, context) == 0);
    CHECK(rig.records().size() == 2);
    CHECK(expire_audit(rig.repository, rig.repo.clock.now() + std::chrono::hours(1), context) == 1);  // never the newest
    CHECK(rig.faults() == "");
    rig.back_up();
    rig.back_up();
    rig.repo.storage->erase(audit_object(rig.records().back().number - 1));
    CHECK(code_of([&] { expire_audit(rig.repository, rig.repo.clock.now() + std::chrono::hours(1), context); }) == ErrorCode::corrupt);
  });
}

TEST_CASE("a clock that was wrong once neither keeps old records for ever nor removes new ones") {
  in_every_layout([](auto& rig) {
    auto& context = rig.repo.context;
    constexpr std::chrono::hours kYears(24 * 365 * 50), kWeek(24 * 7);
    rig.set(AuditPolicy::best_effort);
    rig.repo.clock.advance(kYears);
    rig.back_up();
    rig.repo.clock.advance(-kYears);
    rig.back_up();
    rig.repo.clock.advance(kWeek);
    rig.back_up();
    rig.repo.clock.advance(-2 * kYears);  // now it is this machine's clock
    CHECK(expire_audit(rig.repository, context.now() - kWeek, context) == 0);
    rig.repo.clock.advance(2 * kYears);
    CHECK(expire_audit(rig.repository, context.now() - kWeek / 2, context) == 3);
    CHECK(rig.actions() == "backup:succeeded expire_audit:succeeded");
    CHECK(rig.faults() == "");
  });
}

TEST_CASE("the end of an audited operation tells the host the newest record, to keep elsewhere") {
  AuditRig<PackedRepository> rig(true);
  LastEnded events;
  rig.repo.context.events = &events;
  rig.set(AuditPolicy::best_effort);
  rig.back_up();
  const AuditRecord newest = rig.records().back();
  const std::vector<std::pair<std::string, std::string>> expected{{"audit_record", std::to_string(newest.number)},
                                                                  {"audit_sha256", newest.sha256}};
  CHECK(events.ended.fields == expected);
  CHECK(make_audit_anchor(rig.repository, rig.repo.context).find("record 2 " + newest.sha256) != std::string::npos);
}

TEST_CASE("hostile names in audit records are kept as they are, and bytes that are no text are repaired") {
  AuditRig<PlainRepository> rig(true);
  rig.repo.context.host.principal = "ada\"\n=cmd()|\xff";
  rig.set(AuditPolicy::best_effort);
  CHECK(rig.records().back().principal == "ada\"\n=cmd()|\xef\xbf\xbd");
  CHECK(rig.faults() == "");
}

TEST_CASE("a host's storage that throws no Error breaks no promise of a policy") {
  in_every_layout([](auto& rig) {
    const auto throw_from = [&](int count) {
      rig.repo.storage->set_hook([count](const HookedStorage::Step& step) mutable {
        if (step.when == HookedStorage::When::before && step.effect() && step.object.starts_with(kAuditPrefix) && count-- <= 0) throw 7;
      });
    };
    rig.set(AuditPolicy::best_effort);
    throw_from(0);
    rig.back_up();
    CHECK(rig.repo.context.warnings() == 1);
    rig.repo.storage->set_hook({});
    rig.set(AuditPolicy::required);
    throw_from(0);
    CHECK(code_of([&] { rig.back_up(); }) == ErrorCode::internal);
    throw_from(1);
    try {
      rig.back_up();
      FAIL("reported as done");
    } catch (const Error& error) {
      CHECK(error.message().find("the work was done, but") != std::string::npos);
    }
    rig.repo.storage->set_hook({});
    CHECK(rig.ids().size() == 2);
    CHECK(rig.faults() == "");
  });
}

namespace {

/// A signer that is broken: its signatures are of another message.
class WrongSigner final : public AuditSigner {
 public:
  Bytes public_key() const override { return right_->public_key(); }
  Bytes sign(ByteView message) override { return right_->sign(wrong ? message.first(message.size() - 1) : message); }
  bool wrong = false;

 private:
  std::shared_ptr<AuditSigner> right_ = ed25519_signer(Secret(std::string(32, 's')));
};

}  // namespace

TEST_CASE("a signature that the signer's own key does not verify becomes no record") {
  WrongSigner signer;
  AuditRig<PackedRepository> rig(false);
  rig.repo.context.host.audit_signer = &signer;
  rig.set(AuditPolicy::required);
  signer.wrong = true;
  CHECK(code_of([&] { rig.back_up(); }) == ErrorCode::invalid_argument);
  signer.wrong = false;
  rig.back_up();
  CHECK(rig.actions() == "set_audit_policy:succeeded backup:running backup:succeeded");
  CHECK(rig.faults() == "");
}

TEST_CASE("anchors on another storage show that a repository was set back, also after it was used again") {
  in_every_layout([](auto& rig) {
    auto& context = rig.repo.context;
    const auto elsewhere = memory_storage();
    CHECK(code_of([&] { put_audit_anchor(rig.repository, *elsewhere, context); }) == ErrorCode::not_found);
    CHECK(read_audit_anchors(rig.repository, *elsewhere, context).empty());
    rig.set(AuditPolicy::best_effort);
    const auto before = rig.repo.storage->objects();
    rig.back_up();
    const std::string anchor = put_audit_anchor(rig.repository, *elsewhere, context);
    CHECK(put_audit_anchor(rig.repository, *elsewhere, context) == anchor);  // again: nothing happens
    CHECK(rig.faults({.anchor = read_audit_anchors(rig.repository, *elsewhere, context), .public_key = {}}) == "");
    for (const auto& [name, bytes] : rig.repo.storage->objects()) {
      if (!before.contains(name)) rig.repo.storage->erase(name);
    }
    rig.repository = rig.open();
    rig.back_up();
    CHECK(code_of([&] { put_audit_anchor(rig.repository, *elsewhere, context); }) == ErrorCode::conflict);
    rig.back_up();
    put_audit_anchor(rig.repository, *elsewhere, context);
    const std::string anchors = read_audit_anchors(rig.repository, *elsewhere, context);
    CHECK(rig.faults({.anchor = make_audit_anchor(rig.repository, context), .public_key = {}}) == "");  // the newest alone finds nothing
    CHECK(rig.faults({.anchor = anchors, .public_key = {}}).find("record 2 is not the record that existed") != std::string::npos);
  });
}
