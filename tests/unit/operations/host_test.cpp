#include "holdfast/host.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "holdfast/error.hpp"

using namespace holdfast;

namespace {

/// One entry that holds the source's name; notes which thread read it.
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
  Repository repository = create_repository(memory_storage(), {}, context);
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
