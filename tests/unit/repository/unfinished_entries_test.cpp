// An entry that was begun is in the backup, or was left out deliberately, or there is no backup.

#include <doctest/doctest.h>

#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "storage/decorators/faulty.hpp"

using namespace holdfast;

namespace {

constexpr LayoutKind kLayouts[] = {LayoutKind::packed, LayoutKind::plain};

Repository made(LayoutKind layout, Context& context, std::shared_ptr<Storage> storage = memory_storage()) {
  return create_repository(std::move(storage), {.encryption = Encryption::none, .layout = layout}, context);
}

SourceInfo notes() { return {.record = {.uri = "app:notes", .driver = "app", .name = "notes"}}; }

void put(BackupWriter& out, const std::string& name) {
  const auto entry = out.open({.name = name, .kind = "text"});
  entry->write(as_bytes(name));
  entry->commit();
}

std::string refusal(const std::function<void()>& call, ErrorCode code = ErrorCode::invalid_state) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.code() == code);
    return error.message();
  }
  return "";
}

bool names(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

// A source that does what a test tells it to.
class Told final : public Source {
 public:
  explicit Told(std::function<void(BackupWriter&)> what) : what_(std::move(what)) {}
  SourceInfo describe(Context&) override { return notes(); }
  void backup(BackupWriter& out, Context&) override { what_(out); }

 private:
  std::function<void(BackupWriter&)> what_;
};

}  // namespace

TEST_CASE("an entry that was dropped unfinished prevents the commit of its backup, and is named") {
  for (const LayoutKind layout : kLayouts) {
    Context context;
    Repository repository = made(layout, context);
    auto session = repository.begin({}, context);
    BackupWriter& out = session->add_source(notes());
    put(out, "whole");
    out.open({.name = "dropped", .kind = "text"})->write(as_bytes("half"));
    CHECK(names(refusal([&] { session->commit(); }), "'dropped' was begun and not finished"));
    session.reset();
    CHECK(repository.list(context).empty());
  }
}

TEST_CASE("an open entry prevents the commit of its backup until it is finished") {
  for (const LayoutKind layout : kLayouts) {
    Context context;
    Repository repository = made(layout, context);
    const auto session = repository.begin({}, context);
    const auto entry = session->add_source(notes()).open({.name = "open", .kind = "text"});
    CHECK(names(refusal([&] { session->commit(); }), "'open'"));
    entry->commit();
    CHECK(session->commit().entries == 1);
  }
}

TEST_CASE("an aborted entry is left out, and its writer cannot be used any more") {
  for (const LayoutKind layout : kLayouts) {
    Context context;
    Repository repository = made(layout, context);
    const auto session = repository.begin({}, context);
    BackupWriter& out = session->add_source(notes());
    put(out, "whole");
    const auto entry = out.open({.name = "unwanted", .kind = "text"});
    entry->write(as_bytes("half"));
    entry->abort();
    entry->abort();
    CHECK(refusal([&] { entry->write(as_bytes("more")); }) != "");
    CHECK(refusal([&] { entry->commit(); }) != "");
    const BackupInfo info = session->commit();
    CHECK(info.entries == 1);
    CHECK(repository.verify(info.id, {.level = VerifyLevel::full}, context).ok());
  }
}

TEST_CASE("a source that swallows the error of an entry leaves no backup") {
  for (const LayoutKind layout : kLayouts) {
    Context context;
    Repository repository = made(layout, context);
    Told source([](BackupWriter& out) {
      put(out, "whole");
      try {
        const auto entry = out.open({.name = "broken", .kind = "text"});
        entry->write(as_bytes("half"));
        throw std::runtime_error("the app broke");
      } catch (const std::runtime_error&) {
      }
    });
    CHECK(names(refusal([&] { backup_sources(repository, {&source}, {}, context); }), "'broken'"));
    CHECK(repository.list(context).empty());
  }
}

TEST_CASE("an entry cannot be committed after one of its writes failed") {
  Context context;
  FaultPlan plan;
  plan.rules.push_back({.operation = StorageOperation::write, .name = "*broken*", .nth = 1});
  Repository repository = made(LayoutKind::plain, context, faulty_storage(memory_storage(), plan));
  const auto session = repository.begin({.compression = "none"}, context);
  const auto entry = session->add_source(notes()).open({.name = "broken", .kind = "text"});
  CHECK(refusal([&] { entry->write(as_bytes("first")); }, ErrorCode::io) != "");
  CHECK(names(refusal([&] { entry->write(as_bytes("second")); }), "failed before"));
  CHECK(names(refusal([&] { entry->commit(); }), "failed before"));
  CHECK(names(refusal([&] { session->commit(); }), "'broken'"));
  entry->abort();
  CHECK(session->commit().entries == 0);
}
