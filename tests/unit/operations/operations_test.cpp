// The whole operations, with a driver that backs up and restores texts in memory.

#include <doctest/doctest.h>

#include "holdfast/repository.hpp"
#include "repository/plain/objects.hpp"
#include "support/history.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

// The contents of the "servers" by URI: entry name → text.
using World = std::map<std::string, std::map<std::string, std::string>>;

class TextSource final : public Source {
 public:
  TextSource(World& world, std::string uri) : world_(world), uri_(std::move(uri)) {}
  SourceInfo describe(Context&) override {
    if (!world_.contains(uri_)) throw Error(ErrorCode::not_found, "no such text");
    return {.record = {.uri = uri_, .driver = "text", .name = uri_.substr(5)}, .size_estimate = 10};
  }
  void backup(BackupWriter& out, Context&) override {
    for (const auto& [name, text] : world_.at(uri_)) {
      if (text == "unreadable") throw Error(ErrorCode::source, "can't read it");
      const auto entry = out.open({.name = name, .kind = "text"});
      entry->write(as_bytes(text));
      entry->commit();
    }
  }

 private:
  World& world_;
  std::string uri_;
};

class TextTarget final : public Target {
 public:
  TextTarget(World& world, std::string uri) : world_(world), uri_(std::move(uri)) {}
  void preflight(const BackupView&, const RestoreOptions&, Context&) override {
    if (world_.contains(uri_)) throw Error(ErrorCode::invalid_state, "not empty");
  }
  RestoreReport restore(const BackupView& backup, const RestoreOptions&, Context&) override {
    RestoreReport report;
    for (const EntryRecord* entry : backup.entries()) {
      const auto reader = backup.open(*entry);
      world_[uri_][entry->name] = as_text(read_all(*reader, 1 << 20));
      ++report.entries;
    }
    return report;
  }

 private:
  World& world_;
  std::string uri_;
};

class TextDriver final : public Driver {
 public:
  explicit TextDriver(World& world) : world_(world) {}
  std::string_view name() const noexcept override { return "text"; }
  std::vector<std::string> schemes() const override { return {"text"}; }
  std::vector<OptionSpec> options() const override {
    return {
        {.name = "speed", .type = OptionType::integer, .calls = {DriverCall::verify, DriverCall::export_to}, .minimum = 1, .maximum = 9}};
  }
  std::unique_ptr<Source> open_source(const std::string& uri, const Selection&, const Options&) const override {
    return std::make_unique<TextSource>(world_, uri);
  }
  std::vector<ExportFormat> export_formats() const override { return {{"text", "all texts, one after another"}}; }
  std::unique_ptr<Target> open_target(const std::string& uri, const Options&) const override {
    return std::make_unique<TextTarget>(world_, uri);
  }
  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context&) const override {
    world_["proofs"]["speed " + std::to_string(parsed(DriverCall::verify, options.driver).integer("speed"))];
    ProofReport report{.level = ProofLevel::content_equal, .where = "memory"};
    for (const EntryRecord* entry : backup.entries()) {
      const auto reader = backup.open(*entry);
      read_all(*reader, 1 << 20);
      report.counts["texts"] += 1;
    }
    return report;
  }
  void export_to(const BackupView& backup, const ExportOptions& options, Writer& out, Context&) const override {
    check_options(DriverCall::export_to, options.driver);
    for (const EntryRecord* entry : backup.entries()) copy(*backup.open(*entry), out);
  }
  std::vector<Finding> diagnose(const std::string&, const Options&, Context&) const override { return {}; }

 private:
  World& world_;
};

struct Host {
  explicit Host(bool encrypted = false) : plain(encrypted) {
    DriverRegistry drivers;
    drivers.add(std::make_shared<TextDriver>(world));
    repo.emplace(std::make_shared<PlainLayout>(PlainPlace::open(plain.storage, plain.key)), std::move(drivers));
  }
  BackupInfo backup(const std::vector<std::string>& sources) {
    plain.clock.advance(std::chrono::seconds(1));
    return repo->backup(sources, {}, plain.context);
  }
  Context& context() { return plain.context; }

  World world{{"text:a", {{"x", "1"}, {"y", "2"}}}, {"text:b", {{"x", "3"}}}, {"text:bad", {{"x", "1"}, {"z", "unreadable"}}}};
  PlainRepository plain;
  std::optional<Repository> repo;
};

}  // namespace

TEST_CASE("what was backed up is restored, and only into an empty target") {
  for (const bool encrypted : {false, true}) {
    Host host(encrypted);
    const BackupId id = host.backup({"text:a"}).id;
    CHECK(host.repo->restore(id, "text:copy", {}, host.context()).entries == 2);
    CHECK(host.world.at("text:copy") == host.world.at("text:a"));
    CHECK(code_of([&] { host.repo->restore(id, "text:copy", {}, host.context()); }) == ErrorCode::invalid_state);
  }
}

TEST_CASE("several sources are one backup, or none when one of them fails") {
  Host host;
  const BackupInfo info = host.backup({"text:a", "text:b"});
  CHECK(info.sources.size() == 2);
  CHECK(info.entries == 3);
  const auto objects = without_history(host.plain.storage->objects());
  for (const char* bad : {"text:bad", "text:nowhere", "other:x"}) CHECK(code_of([&] { host.backup({"text:a", bad}); }) != ErrorCode{0});
  CHECK(code_of([&] { host.backup({}); }) == ErrorCode::invalid_argument);
  CHECK(without_history(host.plain.storage->objects()) == objects);
  CHECK_THROWS_WITH(host.backup({"text:bad"}), "bad: can't read it");
  CHECK(code_of([&] { host.repo->restore(info.id, "text:copy", {}, host.context()); }) == ErrorCode::invalid_argument);
  Bytes out;
  host.repo->export_to(info.id, 1, {}, *memory_writer(out), host.context());
  CHECK(as_text(out) == "3");
  CHECK(code_of([&] { host.repo->view(info.id, 2, host.context()); }) == ErrorCode::not_found);
}

TEST_CASE("options of a driver reach a proof and an export, and are checked before either begins") {
  Host host;
  const BackupId id = host.backup({"text:a", "text:b"}).id;
  const auto verify = [&](VerifyLevel level, const Options& options) {
    host.world.erase("proofs");
    return host.repo->verify(id, {.level = level, .driver = options}, host.context()).ok();
  };
  CHECK(verify(VerifyLevel::restore, {{"speed", "7"}}));
  CHECK(host.world.at("proofs").contains("speed 7"));
  for (const Options& bad : {Options{{"speed", "10"}}, Options{{"speed", "fast"}}, Options{{"sped", "1"}}}) {
    CHECK(code_of([&] { verify(VerifyLevel::restore, bad); }) == ErrorCode::invalid_argument);
    CHECK_FALSE(host.world.contains("proofs"));
    Bytes out;
    CHECK(code_of([&] { host.repo->export_to(id, 0, {.driver = bad}, *memory_writer(out), host.context()); }) ==
          ErrorCode::invalid_argument);
    CHECK(out.empty());
  }
  for (const VerifyLevel level : {VerifyLevel::quick, VerifyLevel::full})
    CHECK(code_of([&] { verify(level, {{"speed", "7"}}); }) == ErrorCode::invalid_argument);
}

TEST_CASE("backups are found by id, by unique beginning and as the latest") {
  Host host;
  CHECK(code_of([&] { host.repo->find("latest", host.context()); }) == ErrorCode::not_found);
  const BackupId first = host.backup({"text:a"}).id;
  const BackupId second = host.backup({"text:a"}).id;
  CHECK(host.repo->find("latest", host.context()).id == second);
  CHECK(host.repo->find(first, host.context()).id == first);
  CHECK(host.repo->find(first.substr(0, 22), host.context()).id == first);
  CHECK(code_of([&] { host.repo->find("backup_2026", host.context()); }) == ErrorCode::invalid_argument);
  CHECK(code_of([&] { host.repo->find("backup_2027", host.context()); }) == ErrorCode::not_found);
  CHECK(code_of([&] { host.repo->find("", host.context()); }) == ErrorCode::not_found);
  host.plain.storage->set(second + "/manifest.json", Bytes(1));
  CHECK(host.repo->find("latest", host.context()).id == first);
  CHECK(code_of([&] { host.repo->find(second, host.context()); }) == ErrorCode::corrupt);
}

TEST_CASE("each operation of one context has its own counts, including those of its parts") {
  struct Totals final : EventSink {
    void on_event(const Event& event) noexcept override { last = event; }
    Event last;
  } totals;
  Host host;
  host.context().events = &totals;
  const auto counts = [&] { return std::tuple(host.context().bytes_done(), totals.last.bytes_done, totals.last.bytes_total); };
  host.backup({"text:a"});
  const auto first = counts();
  CHECK(std::get<0>(first) == 2);
  for (int i = 0; i < 2; ++i) {
    host.backup({"text:a"});
    CHECK(counts() == first);
  }
  host.backup({"text:a", "text:b"});  // two sources in one operation
  CHECK(host.context().bytes_done() == 3);
  host.repo->verify_all(VerifyLevel::full, host.context());
  const std::uint64_t read = host.context().bytes_done();
  host.repo->verify_all(VerifyLevel::full, host.context());
  CHECK(host.context().bytes_done() == read);

  // A session that a host fills itself is an operation until it is committed or given up.
  for (int i = 0; i < 2; ++i) {
    host.plain.clock.advance(std::chrono::seconds(1));
    const auto session = host.repo->begin({}, host.context());
    TestRepository::fill(session->add_source(TestRepository::source()), {{"x", "1234"}});
    session->commit();
    CHECK(host.context().bytes_done() == 4);
    host.backup({"text:a"});
    CHECK(host.context().bytes_done() == 2);
  }
}

TEST_CASE("a verification raises the listed level, and a failed one does not") {
  Host host(true);
  const BackupId id = host.backup({"text:a", "text:b"}).id;
  const auto level = [&] { return host.repo->find(id, host.context()).level; };
  CHECK(host.repo->verify(id, {.level = VerifyLevel::quick}, host.context()).ok());
  CHECK(level() == ProofLevel::stored);
  CHECK(host.repo->verify(id, {.level = VerifyLevel::full}, host.context()).ok());
  CHECK(level() == ProofLevel::checksummed);
  const auto objects = host.plain.storage->objects();
  const std::string object = id + "/entries/000001.zst.enc";
  Bytes damaged = objects.at(object);
  damaged[50] ^= std::byte{1};
  host.plain.storage->set(object, damaged);
  const VerifyReport bad = host.repo->verify(id, {.level = VerifyLevel::restore}, host.context());
  CHECK(!bad.ok());
  CHECK(level() == ProofLevel::checksummed);
  host.plain.storage->set(object, objects.at(object));
  const VerifyReport good = host.repo->verify(id, {.level = VerifyLevel::restore}, host.context());
  CHECK(good.ok());
  CHECK(good.proof.counts.of("texts") == 3);
  CHECK(level() == ProofLevel::content_equal);
  CHECK(host.repo->verify_repository(VerifyLevel::full, host.context()).ok());
}

TEST_CASE("expire removes the backups of its plan, and the objects of dead writers") {
  Host host;
  const BackupId old = host.backup({"text:a"}).id;
  const BackupId kept = host.backup({"text:a"}).id;
  const auto place = PlainPlace::open(host.plain.storage, host.plain.key);
  const BackupId dead = "backup_20261119_000000";
  put_session(*place, session_object(*place, dead), dead, "backup", host.context());
  host.plain.storage->set("backup_20261119_000000/data/x.zst", Bytes(1));
  host.plain.clock.advance(std::chrono::hours(25));
  const RetentionPlan plan = host.repo->expire({.keep_last = 1}, host.context());
  CHECK(plan.removed() == 1);
  CHECK(host.plain.ids() == std::vector{kept});
  for (const auto& [name, bytes] : without_history(host.plain.storage->objects())) CHECK((name == "format" || name.starts_with(kept)));
  CHECK(old != kept);
}

TEST_CASE("a missing repository and an unknown kind of storage are distinguished") {
  Context context;
  CHECK(code_of([&] { Repository::open("/nonexistent-holdfast-test", {}, context); }) == ErrorCode::not_found);
  CHECK(code_of([&] { Repository::create("nosuchscheme:x", {}, context); }) == ErrorCode::invalid_argument);
}
