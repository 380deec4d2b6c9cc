// A host's own transforms inside the backups of a repository: recorded by name and version, needed to read.

#include <doctest/doctest.h>

#include "holdfast/host.hpp"
#include "holdfast/storage.hpp"
#include "support/streams.hpp"
#include "support/test_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// XORs each byte with the version and puts a byte of its own in front, when the stream begins.
class Mine final : public Transform {
 public:
  explicit Mine(std::uint32_t version, std::string name = "mine", std::string suffix = ".mine")
      : version_(version), name_(std::move(name)), suffix_(std::move(suffix)) {}
  std::string_view name() const noexcept override { return name_; }
  std::string_view suffix() const noexcept override { return suffix_; }
  std::uint32_t version() const noexcept override { return version_; }

  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override {
    next->write(as_bytes("!"));
    return std::make_unique<Encoder>(std::move(next), mask());
  }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override {
    Bytes front(1);
    if (from->read(front) != 1 || as_text(front) != "!") throw Error(ErrorCode::corrupt, "is not mine");
    return std::make_unique<Decoder>(std::move(from), mask());
  }

 private:
  struct Encoder final : Writer {
    Encoder(std::unique_ptr<Writer> to, std::byte with) : next(std::move(to)), mask(with) {}
    void write(ByteView data) override {
      Bytes changed(data.begin(), data.end());
      for (std::byte& byte : changed) byte ^= mask;
      next->write(changed);
    }
    void commit() override { next->commit(); }
    std::unique_ptr<Writer> next;
    std::byte mask;
  };
  struct Decoder final : Reader {
    Decoder(std::unique_ptr<Reader> reader, std::byte with) : from(std::move(reader)), mask(with) {}
    std::size_t read(std::span<std::byte> out) override {
      const std::size_t got = from->read(out);
      for (std::byte& byte : out.first(got)) byte ^= mask;
      return got;
    }
    std::unique_ptr<Reader> from;
    std::byte mask;
  };
  std::byte mask() const { return static_cast<std::byte>(version_); }

  std::uint32_t version_;
  std::string name_, suffix_;
};

TransformPtr mine(std::uint32_t version) { return std::make_shared<const Mine>(version); }

using NamedTexts = std::vector<std::pair<std::string, std::string>>;
const NamedTexts kNamedTexts = {{"a", std::string(3'000'000, 'x') + "end"}, {"b/c", "short"}, {"empty", ""}};

struct LendingHost {
  Repository create(LayoutKind layout, std::vector<TransformPtr> lent, bool encrypted = true) {
    CreateOptions options{.layout = layout, .transforms = std::move(lent)};
    if (encrypted) options.key = test_key();
    options.encryption = encrypted ? Encryption::required : Encryption::none;
    return create_repository(storage, options, context);
  }
  Repository open(std::vector<TransformPtr> lent = {}) {
    return open_repository(storage, {.key = test_key(), .transforms = std::move(lent)}, context);
  }
  BackupId backup(Repository& repository, std::vector<std::string> transforms, const NamedTexts& texts = kNamedTexts) {
    const auto session = repository.begin({.transforms = std::move(transforms)}, context);
    TestRepository::fill(session->add_source(TestRepository::source()), texts);
    return session->commit().id;
  }
  NamedTexts read(Repository& repository, const BackupId& id) {
    const BackupView view = repository.view(id, 0, context);
    NamedTexts texts;
    for (const auto& [name, text] : kNamedTexts) {
      const auto reader = view.open(*view.find(name));
      texts.emplace_back(name, as_text(read_all(*reader, 1U << 30)));
    }
    return texts;
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    storage->list("", [&](const ObjectInfo& object) {
      all.push_back(object.name);
      return true;
    });
    return all;
  }

  Context context;
  std::shared_ptr<Storage> storage = memory_storage();
};

Error raised_by(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::internal, "nothing was thrown"};
}

constexpr LayoutKind kBothLayouts[] = {LayoutKind::packed, LayoutKind::plain};

}  // namespace

TEST_CASE("entries go through the host's transforms, are recorded, and come back") {
  for (const LayoutKind layout : kBothLayouts) {
    LendingHost world;
    Repository repository = world.create(layout, {mine(1), mine(2), zstd()});
    const BackupId id = world.backup(repository, {"mine@2", "mine@1", "zstd@1"});
    CHECK(world.read(repository, id) == kNamedTexts);
    CHECK(repository.verify(id, {.level = VerifyLevel::full}, world.context).ok());
    Repository again = world.open({zstd(), mine(2), mine(1)});
    CHECK(world.read(again, id) == kNamedTexts);
    const auto manifest = again.manifest(id, world.context);
    for (const EntryRecord& entry : manifest->entries) {
      std::vector<std::string> hosts = entry.transforms;
      hosts.resize(3);
      CHECK(hosts == std::vector<std::string>{"mine@2", "mine@1", "zstd@1"});
    }
    CHECK(manifest->plain_bytes() == 3'000'008);
    CHECK(again.find(id, world.context).plain_bytes == 3'000'008);
  }
}

TEST_CASE("a reader without a transform is told its name, and verifies, copies and collects all the same") {
  for (const LayoutKind layout : kBothLayouts) {
    LendingHost world, elsewhere;
    BackupId id;
    {
      Repository repository = world.create(layout, {mine(1), mine(2)});
      id = world.backup(repository, {"mine@1", "mine@2"});
    }
    for (const auto& lent : {std::vector<TransformPtr>(), {mine(1)}, {mine(1), mine(3)}}) {
      Repository without = world.open(lent);
      const Error error = raised_by([&] { world.read(without, id); });
      CAPTURE(error.message());
      CHECK(error.code() == ErrorCode::unsupported);
      CHECK(error.message().find("mine@2") != std::string::npos);
      CHECK(error.message().find("mine@1") == (lent.empty() ? error.message().find("mine@1") : std::string::npos));
    }
    Repository without = world.open();
    CHECK(without.verify(id, {.level = VerifyLevel::full}, world.context).ok());
    CHECK_NOTHROW(without.collect_garbage({.grace = std::chrono::seconds(0)}, world.context));
    for (const LayoutKind other : kBothLayouts) {
      LendingHost to;
      Repository destination = to.create(other, {});
      const BackupId copy = without.copy_to(id, destination, {}, to.context).id;
      CHECK(raised_by([&] { to.read(destination, copy); }).code() == ErrorCode::unsupported);
      Repository with = to.open({mine(1), mine(2)});
      CHECK(to.read(with, copy) == kNamedTexts);
      CHECK(with.manifest(copy, to.context)->entries[0].content_hash == without.manifest(id, world.context)->entries[0].content_hash);
    }
  }
}

TEST_CASE("a transform that decodes to something else is found by the content hash") {
  for (const LayoutKind layout : kBothLayouts) {
    LendingHost world;
    Repository repository = world.create(layout, {mine(1)});
    const BackupId id = world.backup(repository, {"mine@1"});
    struct Wrong final : Transform {
      std::string_view name() const noexcept override { return "mine"; }
      std::string_view suffix() const noexcept override { return ""; }
      std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override { return next; }
      std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override { return from; }
    };
    Repository wrong = world.open({std::make_shared<const Wrong>()});
    CHECK(raised_by([&] { world.read(wrong, id); }).code() == ErrorCode::corrupt);
  }
}

TEST_CASE("an earlier backup's entry is reused only if it went through the same transforms") {
  LendingHost world;
  Repository repository = world.create(LayoutKind::packed, {mine(1)});
  world.backup(repository, {"mine@1"});
  const auto reuses = [&world](Repository& used, std::vector<std::string> transforms) {
    const auto session = used.begin({.transforms = std::move(transforms)}, world.context);
    BackupWriter& writer = session->add_source(TestRepository::source());
    const auto previous = writer.previous([](const SourceRecord&) { return true; });
    return previous ? (writer.reuse(*previous->find("a")) != nullptr ? 2 : 1) : 0;
  };
  CHECK(reuses(repository, {"mine@1"}) == 2);
  CHECK(reuses(repository, {}) == 1);
  Repository without = world.open();
  CHECK(reuses(without, {}) == 0);  // what it can't read is no earlier backup
}

TEST_CASE("names of stored files have the suffix, and RESTORE.txt restores nothing that it can't decode") {
  LendingHost world;
  Repository repository = world.create(LayoutKind::plain, {mine(1)}, false);
  const BackupId id = world.backup(repository, {"mine@1"});
  const auto names = world.names();
  CHECK(std::ranges::find(names, id + "/a.mine.zst") != names.end());
  const auto reader = world.storage->open_reader(id + "/RESTORE.txt");
  const std::string text(as_text(read_all(*reader, 1U << 20)));
  CHECK(text.find("mine@1") != std::string::npos);
  CHECK(text.find("exit 1") < text.find("zstd -dc"));
}

TEST_CASE("what can't be recorded, or was not lent, is refused before anything is stored") {
  LendingHost world;
  const auto refused = [](const std::function<void()>& call) { return raised_by(call).code() == ErrorCode::invalid_argument; };
  const auto lend = [](TransformPtr transform) {
    LendingHost fresh;
    fresh.create(LayoutKind::packed, {std::move(transform)});
  };
  for (const char* name : {"", "Mine", "mi ne", "a@1", "-a", "a/b"}) CHECK(refused([&] { lend(std::make_shared<const Mine>(1, name)); }));
  for (const char* suffix : {"mine", "./x", ".a b"}) CHECK(refused([&] { lend(std::make_shared<const Mine>(1, "a", suffix)); }));
  CHECK(refused([&] { lend(std::make_shared<const Mine>(0)); }));
  CHECK(refused([&] { lend(nullptr); }));
  CHECK(refused([] {
    LendingHost fresh;
    fresh.create(LayoutKind::plain, {mine(1), mine(1)});
  }));
  for (const LayoutKind layout : kBothLayouts) {
    LendingHost fresh;
    Repository repository = fresh.create(layout, {mine(1)});
    CHECK(refused([&] { fresh.backup(repository, {"mine@2"}); }));
    CHECK(refused([&] { fresh.backup(repository, {"mine"}); }));
    CHECK(refused([&] { fresh.backup(repository, std::vector<std::string>(7, "mine@1")); }));
    CHECK(repository.list(fresh.context).empty());
  }
}
