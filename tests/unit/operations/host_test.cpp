#include "holdfast/host.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "holdfast/error.hpp"

using namespace holdfast;

namespace {

/// A source with one entry that holds its name. Records which thread read it.
class NamedSource final : public Source {
 public:
  explicit NamedSource(std::string name, bool fails = false) : name_(std::move(name)), fails_(fails) {}
  SourceInfo describe(Context&) override {
    return {.record = {.uri = "test:" + name_, .driver = "test", .name = name_}, .size_estimate = name_.size()};
  }
  void backup(BackupWriter& out, Context&) override {
    read_by = std::this_thread::get_id();
    const auto entry = out.open({.name = "only", .kind = "text"});
    entry->write(as_bytes(name_));
    entry->commit();
    if (fails_) throw Error(ErrorCode::source, "it broke");
  }
  std::thread::id read_by;

 private:
  std::string name_;
  bool fails_;
};

const Key kKey = raw_key(Secret(std::string_view("0123456789abcdef0123456789abcdef")));

}  // namespace

TEST_CASE("sources of the host are one backup in a repository on the host's storage") {
  const std::shared_ptr<Storage> storage = memory_storage();
  Context context;
  Repository created = create_repository(storage, {.key = kKey}, context);
  NamedSource first("first"), second("second");
  const BackupInfo made = backup_sources(created, {&first, &second}, {}, context);
  CHECK(first.read_by == std::this_thread::get_id());
  CHECK(made.sources.size() == 2);

  Repository opened = open_repository(storage, {.key = kKey}, context);
  REQUIRE(opened.list(context).size() == 1);
  const BackupView view = opened.view(made.id, 1, context);
  const auto reader = view.open(*view.find("only"));
  const Bytes bytes = read_all(*reader, 100);
  CHECK(as_text(bytes) == "second");
}

TEST_CASE("a source of the host that fails leaves no backup and is named") {
  Context context;
  Repository repository = create_repository(memory_storage(), {.encryption = Encryption::none}, context);
  NamedSource good("good"), bad("bad", true);
  std::string message;
  try {
    backup_sources(repository, {&good, &bad}, {}, context);
  } catch (const Error& error) {
    message = error.message();
  }
  CHECK(message == "bad: it broke");
  CHECK(repository.list(context).empty());
  CHECK_THROWS_AS(backup_sources(repository, {}, {}, context), Error);
}

namespace {

std::optional<ErrorCode> code_of_call(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

/// Records what it was asked for.
class AskedTarget final : public Target {
 public:
  void preflight(const BackupView&, const RestoreOptions& options, Context&) override { asked = options; }
  RestoreReport restore(const BackupView& backup, const RestoreOptions&, Context&) override {
    restored = backup.source().name;
    return {.where = "the test"};
  }
  RestoreOptions asked;
  std::string restored;
};

}  // namespace

TEST_CASE("a repository is created without encryption only on explicit request") {
  Context context;
  const std::shared_ptr<Storage> storage = memory_storage();
  for (const LayoutKind layout : {LayoutKind::packed, LayoutKind::plain}) {
    CHECK(code_of_call([&] { create_repository(storage, {.layout = layout}, context); }) == ErrorCode::invalid_argument);
    CHECK(code_of_call([&] { create_repository(storage, {.key = kKey, .encryption = Encryption::none, .layout = layout}, context); }) ==
          ErrorCode::invalid_argument);
  }
  CHECK(code_of_call([&] { Repository::create("memory:", {}, context); }) == ErrorCode::invalid_argument);
  storage->list("", [](const ObjectInfo& info) {
    FAIL(info.name);
    return true;
  });
  CHECK(create_repository(storage, {.key = kKey}, context).info().encrypted);
  CHECK_FALSE(create_repository(memory_storage(), {.encryption = Encryption::none}, context).info().encrypted);
}

TEST_CASE("an option that cannot be passed on is refused, not ignored") {
  Context context;
  Repository repository = create_repository(memory_storage(), {.key = kKey}, context);
  NamedSource source("s");
  const BackupOptions selecting{.selection = {.include = {"x"}}}, driving{.driver = {{"x", "1"}}};
  for (const BackupOptions& options : {selecting, driving}) {
    CHECK(code_of_call([&] { backup_sources(repository, {&source}, options, context); }) == ErrorCode::unsupported);
    CHECK(code_of_call([&] { repository.begin(options, context); }) == ErrorCode::unsupported);
  }
  const BackupInfo made = backup_sources(repository, {&source}, {}, context);
  Repository other = create_repository(memory_storage(), {.key = kKey}, context);
  CHECK(code_of_call([&] { repository.copy_to(made.id, other, selecting, context); }) == ErrorCode::unsupported);
  AskedTarget target;
  CHECK(code_of_call([&] { restore_into(repository, made.id, 0, target, {.driver = {{"x", "1"}}}, context); }) == ErrorCode::unsupported);
  CHECK(code_of_call([&] { repository.verify(made.id, {.level = VerifyLevel::full, .queries = {"SELECT 1"}}, context); }) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("a host's target gets the given options, and the named source") {
  Context context;
  Repository repository = create_repository(memory_storage(), {.key = kKey}, context);
  NamedSource first("first"), second("second");
  const BackupInfo made = backup_sources(repository, {&first, &second}, {}, context);
  AskedTarget target;
  restore_into(repository, made.id, 1, target, {.selection = {.include = {"a"}, .exclude = {"b"}}, .owner = false}, context);
  CHECK(target.restored == "second");
  CHECK(target.asked.selection.include == std::vector<std::string>{"a"});
  CHECK(target.asked.selection.exclude == std::vector<std::string>{"b"});
  CHECK_FALSE(target.asked.owner);
  CHECK(code_of_call([&] { restore_into(repository, made.id, 2, target, {}, context); }) == ErrorCode::not_found);
}
