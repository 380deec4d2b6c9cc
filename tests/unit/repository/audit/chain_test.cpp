// Whoever changes the audit records of a repository without its key is found, and the records are named: edits,
// removals, reordering, replays, forks. HOLDFAST_SEED=n runs one seed.
#include "repository/audit/chain.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "support/budget.hpp"
#include "support/simulator.hpp"
#include "support/storage_double.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const std::string kThisRepository = "00112233445566778899aabbccddeeff", kOtherRepository = "ffeeddccbbaa99887766554433221100";

Secret key_of_32(char fill) { return Secret(std::string(32, fill)); }

/// A trail of some records in memory, sealed with the repository's key or signed by a host.
struct ChainRig {
  explicit ChainRig(bool sealed, const std::string& repository = kThisRepository)
      : key(sealed ? std::optional(key_of_32('k')) : std::nullopt), id(repository) {
    context.host.clock = &clock;
    if (!sealed) context.host.audit_signer = signer.get();
  }

  AuditRecord append(const std::string& principal) {
    clock.advance(std::chrono::seconds(1));
    AuditRecord record;
    record.time = context.now();
    record.action = "remove";
    record.principal = principal;
    record.outcome = "succeeded";
    return trail().append(record, context);
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) append("person " + std::to_string(i));
  }
  AuditTrail trail() const { return {*storage, id, key}; }
  AuditCodec codec() const { return {id, key}; }
  std::string public_key() const { return trail().head(context)->public_key; }
  AuditRecord record(std::uint64_t number) const { return codec().open(audit_object(number), storage->objects().at(audit_object(number))); }

  /// Returns what verification says of these objects.
  AuditReport check(const std::map<std::string, Bytes>& objects, const std::vector<AuditAnchor>& anchors = {}) const {
    HookedStorage changed(clock);
    for (const auto& [name, bytes] : objects) changed.set(name, bytes);
    return check_chain(AuditTrail(changed, id, key).read_all(context), public_key(), anchors);
  }

  StandingClock clock;
  Context context;
  std::shared_ptr<HookedStorage> storage = std::make_shared<HookedStorage>(clock);
  std::shared_ptr<AuditSigner> signer = ed25519_signer(key_of_32('s')), stranger = ed25519_signer(key_of_32('x'));
  std::optional<Secret> key;
  std::string id;
};

std::set<std::string> named_in(const AuditReport& report) {
  std::set<std::string> names;
  for (const Fault& fault : report.faults) names.insert(fault.object);
  return names;
}

std::string all_of(const AuditReport& report) {
  std::string text;
  for (const Fault& fault : report.faults) text += fault.object + ": " + fault.what + "\n";
  return text;
}

using Objects = std::map<std::string, Bytes>;

/// Changes the objects in one of the ways that a trail must reveal.
class Tamper {
 public:
  Tamper(const ChainRig& rig, const ChainRig& foreign, SeededRandom& random)
      : rig_(rig), foreign_(foreign), random_(random), objects(rig.storage->objects()), last_(objects.size()) {}

  void run() {
    switch (kind = random_.below(8)) {
      case 0: return edit();
      case 1: return cut();
      case 2: return remove();
      case 3: return reorder();
      case 4: return replay();
      case 5: return replay_foreign();
      case 6: return fork();
      default: return rewrite();
    }
  }

 private:
  const ChainRig& rig_;
  const ChainRig& foreign_;
  SeededRandom& random_;

 public:
  std::uint64_t kind = 0;
  Objects objects;
  std::set<std::string> expected;  ///< all of these must be named
  bool anchored = false;           ///< only an anchor reveals it

 private:
  std::uint64_t any() { return 1 + random_.below(last_); }
  std::uint64_t any_but_last() { return 1 + random_.below(last_ - 1); }
  std::uint64_t another(std::uint64_t number) { return 1 + (number + random_.below(last_ - 1)) % last_; }
  void expect(std::uint64_t number) { expected.insert(audit_object(number)); }
  Bytes& at(std::uint64_t number) { return objects.at(audit_object(number)); }

  void edit() {
    const std::uint64_t number = any();
    Bytes& bytes = at(number);
    bytes[random_.below(bytes.size())] ^= static_cast<std::byte>(1U << random_.below(8));
    expect(number);
  }
  void cut() {
    const std::uint64_t number = any();
    at(number).resize(random_.below(at(number).size()));
    expect(number);
  }
  void remove() {
    for (std::uint64_t count = 1 + random_.below(3); count != 0; --count) {
      const std::uint64_t number = any();
      objects.erase(audit_object(number));
      expect(number);
    }
    anchored = !objects.contains(audit_object(last_));
  }
  void reorder() {
    const std::uint64_t one = any(), two = another(one);
    std::swap(at(one), at(two));
    expect(one);
    expect(two);
  }
  void replay() {
    const std::uint64_t from = any(), to = last_ + 1 + random_.below(3);
    objects[audit_object(to)] = at(from);
    expect(to);
  }
  void replay_foreign() {
    const std::uint64_t number = any();
    at(number) = foreign_.storage->objects().at(audit_object(number));
    expect(number);
  }
  // Somebody with the key continues an older record, as two writers would on a storage that lets both win.
  void fork() {
    AuditRecord forked = rig_.record(any_but_last());
    forked.previous = forked.number;
    forked.previous_sha256 = forked.sha256;
    forked.number = last_ + 1;
    put(forked, *rig_.trail().signer(rig_.context));
    expect(forked.number);
  }
  // Somebody with the key, or a stranger without, writes a record anew.
  void rewrite() {
    const bool stranger = random_.once_in(2);
    AuditRecord record = rig_.record(stranger ? any() : any_but_last());
    record.principal = "somebody else";
    const auto own = rig_.trail().signer(rig_.context);
    put(record, stranger ? *rig_.stranger : *own);
    expect(record.number);
  }
  void put(AuditRecord& record, AuditSigner& signer) { objects[audit_object(record.number)] = rig_.codec().seal(record, signer, random_); }

  std::uint64_t last_;
};

void run_seed(std::uint64_t seed, const ChainRig& rig, const ChainRig& foreign, const AuditAnchor& anchor) {
  CAPTURE(seed);
  SeededRandom random(seed);
  Tamper tamper(rig, foreign, random);
  tamper.run();
  CAPTURE(tamper.kind);
  const AuditReport report = rig.check(tamper.objects, tamper.anchored ? std::vector{anchor} : std::vector<AuditAnchor>());
  CHECK_FALSE(report.ok());
  const std::set<std::string> named = named_in(report);
  CHECK_MESSAGE(std::ranges::includes(named, tamper.expected), all_of(report));
}

}  // namespace

TEST_CASE("every random edit, cut, removal, reordering, replay, fork and rewriting of audit records is found and named") {
  const char* only = std::getenv("HOLDFAST_SEED");
  const std::uint64_t seeds = is_long_run() ? 6000 : 200;
  for (const bool sealed : {true, false}) {
    CAPTURE(sealed);
    ChainRig rig(sealed), foreign(sealed, kOtherRepository);
    rig.fill(9);
    foreign.fill(9);
    const AuditRecord head = rig.record(9);
    const AuditAnchor anchor{head.number, head.sha256, head.public_key};
    CHECK(all_of(rig.check(rig.storage->objects(), {anchor})) == "");
    if (only != nullptr) {
      run_seed(std::strtoull(only, nullptr, 10), rig, foreign, anchor);
      continue;
    }
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_seed(seed, rig, foreign, anchor);
    MESSAGE("seeds 1 to " << seeds << std::string(sealed ? ", sealed" : ", signed by a host"));
  }
}

TEST_CASE("a healthy trail has no fault, and its report says what was not checked") {
  ChainRig rig(true);
  CHECK(rig.trail().read_all(rig.context).empty());
  rig.fill(3);
  const AuditReport report = rig.check(rig.storage->objects());
  CHECK(all_of(report) == "");
  CHECK(report.records == 3);
  CHECK(report.first == 1);
  CHECK(report.last == 3);
  CHECK(report.sha256 == rig.record(3).sha256);
  CHECK_FALSE(report.anchored);
}

TEST_CASE("removal of the newest audit records is found with an anchor, and only with one") {
  ChainRig rig(true);
  rig.fill(5);
  const AuditRecord head = rig.record(5);
  Objects cut = rig.storage->objects();
  cut.erase(audit_object(5));
  CHECK(rig.check(cut).ok());  // docs/audit.md says so
  const AuditAnchor anchor{head.number, head.sha256, head.public_key};
  CHECK(all_of(rig.check(cut, {anchor})).find("record 5 is missing: it existed when the anchor was made, and the chain ends at record 4") !=
        std::string::npos);
  CHECK(rig.check({}, {anchor}).faults.size() == 5);
  rig.append("later");
  CHECK(rig.check(rig.storage->objects(), {anchor}).ok());
}

TEST_CASE("a set-back trail that was continued differs from its anchor") {
  ChainRig rig(true);
  rig.fill(3);
  const Objects older = rig.storage->objects();
  rig.fill(2);
  const AuditRecord head = rig.record(5);
  for (const auto& [name, bytes] : rig.storage->objects()) {
    if (!older.contains(name)) rig.storage->erase(name);
  }
  rig.fill(4);
  const AuditReport report = rig.check(rig.storage->objects(), {{head.number, head.sha256, head.public_key}});
  CHECK(named_in(report) == std::set<std::string>{audit_object(5)});
}

TEST_CASE("with all its anchors a trail is checked further back than the newest one: each number is named once") {
  ChainRig rig(true);
  rig.fill(3);
  std::vector<AuditAnchor> anchors;
  for (const std::uint64_t number : {2U, 3U}) anchors.push_back({number, rig.record(number).sha256, rig.record(number).public_key});
  RepositoryInfo info;
  info.id = kThisRepository;
  const std::string texts = anchor_text(anchors[1], info.id) + anchor_text(anchors[0], info.id) + anchor_text(anchors[1], info.id);
  CHECK(split_audit_anchors(texts, info) == anchors);
  CHECK_THROWS_AS(split_audit_anchors(texts + "junk\n", info), Error);
  CHECK(rig.check(rig.storage->objects(), anchors).ok());
  Objects cut = rig.storage->objects();
  for (const std::uint64_t number : {2U, 3U}) cut.erase(audit_object(number));
  CHECK(rig.check(cut, anchors).faults.size() == 2);
  for (const std::uint64_t number : {2U, 3U}) rig.storage->erase(audit_object(number));
  rig.fill(2);  // the trail was set back and continued: its newest record is not older than the newest anchor
  CHECK(named_in(rig.check(rig.storage->objects(), anchors)) == std::set<std::string>{audit_object(2), audit_object(3)});
}

TEST_CASE("junk in the next record's name stops nobody, is named, and breaks no chain") {
  for (const bool sealed : {true, false}) {
    ChainRig rig(sealed);
    rig.fill(2);
    rig.storage->set(audit_object(3), Bytes(40));
    rig.storage->set(audit_object(4), rig.storage->objects().at(audit_object(1)));
    CHECK(rig.append("after the junk").number == 5);
    CHECK(named_in(rig.check(rig.storage->objects())) == std::set<std::string>{audit_object(3), audit_object(4)});
    Objects cleaned = rig.storage->objects();
    cleaned.erase(audit_object(3));
    cleaned.erase(audit_object(4));
    CHECK(all_of(rig.check(cleaned)) == "");
    CHECK(rig.trail().head(rig.context)->number == 5);
  }
}

TEST_CASE("records of strangers with their own key count for nothing") {
  ChainRig rig(false);
  rig.fill(2);
  AuditRecord forged = rig.record(2);
  forged.number = 3;
  forged.policy = AuditPolicy::off;
  rig.storage->set(audit_object(3), rig.codec().seal(forged, *rig.stranger, *rig.context.host.random));
  CHECK(rig.trail().head(rig.context)->number == 2);
  CHECK(rig.append("next").number == 4);
  CHECK(named_in(rig.check(rig.storage->objects())) == std::set<std::string>{audit_object(3)});
}

TEST_CASE("an object under audit/ that is no record's name is named") {
  ChainRig rig(true);
  rig.fill(1);
  for (const char* name : {"audit/x", "audit/FFFFFFFFFFFFFFFE", "audit/ffffffffffffffff", "audit/fffffffffffffffe.enc"}) {
    Objects more = rig.storage->objects();
    more[name] = more.at(audit_object(1));
    CHECK(named_in(rig.check(more)) == std::set<std::string>{name});
  }
}

TEST_CASE("the names of records count down, so that the newest is listed first") {
  CHECK(audit_object(1) == "audit/fffffffffffffffe");
  CHECK(audit_object(2) < audit_object(1));
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{255}, std::uint64_t{1} << 40})
    CHECK(audit_number(audit_object(number)) == number);
  CHECK_FALSE(audit_number("audit/ffffffffffffffff"));
}

TEST_CASE("an anchor reads as it was written, and any other text is refused") {
  const RepositoryInfo info{.uri = "test:", .id = kThisRepository};
  const std::string text = anchor_text({7, std::string(64, 'a'), std::string(64, 'b')}, info.id);
  const AuditAnchor read = read_audit_anchor(text, info);
  CHECK(read.number == 7);
  CHECK(read.sha256 == std::string(64, 'a'));
  CHECK(read.public_key == std::string(64, 'b'));
  const auto refused = [&](const std::string& other) {
    try {
      read_audit_anchor(other, info);
    } catch (const Error& error) {
      return error.code() == ErrorCode::invalid_argument;
    }
    return false;
  };
  for (std::size_t size = 0; size < text.size(); ++size) CHECK(refused(text.substr(0, size)));
  CHECK(refused(text + "\n"));
  CHECK(refused(anchor_text(read, kOtherRepository)));
  CHECK(refused(anchor_text({0, read.sha256, read.public_key}, info.id)));
}
