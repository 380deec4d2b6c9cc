#include "driver/command/driver.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "holdfast/error.hpp"
#include "holdfast/exec.hpp"
#include "holdfast/io.hpp"

namespace hf = holdfast;

namespace {

// Takes a source's entries into memory.
class Backup final : public hf::BackupWriter {
 public:
  struct Entry {
    std::string text;
    bool committed = false;
  };
  std::map<std::string, Entry> entries;

  std::unique_ptr<hf::EntryWriter> open(hf::EntryInfo info) override { return std::make_unique<Writer>(entries[info.name]); }
  void note(const std::string&, std::string) override {}
  void set_instant(hf::TimePoint) override {}
  bool encrypted() const override { return true; }

 private:
  class Writer final : public hf::EntryWriter {
   public:
    explicit Writer(Entry& entry) : entry_(entry) {}
    void write(hf::ByteView data) override { entry_.text += hf::as_text(data); }
    void commit() override { entry_.committed = true; }
    void note(const std::string&, std::string) override {}

   private:
    Entry& entry_;
  };
};

// A backup of streams in memory. The reader of a damaged one throws at its end.
hf::BackupView view_of(const std::vector<std::string>& texts, bool damaged = false) {
  class DamagedReader final : public hf::Reader {
   public:
    std::size_t read(std::span<std::byte>) override { throw hf::Error(hf::ErrorCode::corrupt, "not what was written"); }
  };
  auto manifest = std::make_shared<hf::Manifest>();
  manifest->sources.push_back({.uri = "exec:seq", .driver = "exec", .name = "seq", .instant = {}, .notes = {}});
  for (const std::string& text : texts) {
    hf::EntryRecord entry;
    entry.name = ".sql" + std::to_string(manifest->entries.size());
    entry.attributes["text"] = text;
    manifest->entries.push_back(entry);
  }
  return {manifest, 0, [damaged](const hf::EntryRecord& entry) -> std::unique_ptr<hf::Reader> {
            if (damaged) return std::make_unique<DamagedReader>();
            const hf::ByteView bytes = hf::as_bytes(entry.attributes.at("text"));
            return hf::memory_reader(hf::Bytes(bytes.begin(), bytes.end()));
          }};
}

std::string restore_error(const std::string& uri, const hf::BackupView& view, hf::ErrorCode code) {
  hf::Context context;
  try {
    hf::command_driver()->open_target(uri, {})->restore(view, {}, context);
  } catch (const hf::Error& error) {
    CHECK(error.code() == code);
    return error.message();
  }
  return "no error";
}

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "holdfast-exec-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a command's whole output is the one entry of its backup") {
  hf::Context context;
  Backup backup;
  const auto source = hf::command_driver()->open_source("exec:seq 1 50000", {}, {});
  const auto info = source->describe(context);
  CHECK(info.single_stream);
  CHECK(info.compression == "gzip:6");
  CHECK(info.record.uri == "exec:seq 1 50000");
  CHECK(info.record.name == "seq");
  source->backup(backup, context);
  REQUIRE(backup.entries.size() == 1);
  CHECK(backup.entries[".sql"].committed);
  CHECK(backup.entries[".sql"].text.size() == 288894);
  CHECK(backup.entries[".sql"].text.ends_with("\n49999\n50000\n"));
}

TEST_CASE("a command that fails after its output leaves no committed entry, and its message is in the error") {
  for (const std::string script : {"echo data; echo 'no such table' >&2; exit 3", "echo data; echo 'no such table' >&2; kill -9 $$"}) {
    CAPTURE(script);
    hf::Context context;
    Backup backup;
    const auto source = hf::command_driver()->open_source("exec:sh -c \"" + script + "\"", {}, {});
    CHECK_THROWS_WITH_AS(source->backup(backup, context), doctest::Contains("no such table"), hf::Error);
    CHECK(!backup.entries[".sql"].committed);
  }
}

TEST_CASE("an argument list as JSON reaches the command untouched") {
  hf::Context context;
  Backup backup;
  const hf::Options options{{"argv", R"(["printf", "%s|", "a b", "$HOME;`id`", "'\"\\"])"}, {"suffix", ".txt"}};
  hf::command_driver()->open_source("exec:", {}, options)->backup(backup, context);
  CHECK(backup.entries[".txt"].text == "a b|$HOME;`id`|'\"\\|");
}

TEST_CASE("a missing program is reported before anything is read") {
  hf::Context context;
  const auto source = hf::command_driver()->open_source("exec:no-such-program-anywhere x", {}, {});
  CHECK_THROWS_WITH_AS(source->describe(context), doctest::Contains("no-such-program-anywhere"), hf::Error);
}

TEST_CASE("bad options are refused when the source is opened") {
  const auto open = [](const std::string& uri, const hf::Options& options) { hf::command_driver()->open_source(uri, {}, options); };
  CHECK_THROWS_AS(open("exec:", {}), hf::Error);
  CHECK_THROWS_AS(open("exec:a | b", {}), hf::Error);
  CHECK_THROWS_AS(open("exec:a", {{"sufix", ".x"}}), hf::Error);
  CHECK_THROWS_AS(open("exec:a", {{"argv", "[\"b\"]"}}), hf::Error);
  CHECK_THROWS_AS(open("exec:", {{"argv", "[1]"}}), hf::Error);
  CHECK_THROWS_AS(open("exec:", {{"argv", "nonsense"}}), hf::Error);
  for (const std::string suffix : {"", "sql", ".", "../x", ".a/b", "..x"}) {
    CAPTURE(suffix);
    CHECK_THROWS_AS(open("exec:a", {{"suffix", suffix}}), hf::Error);
  }
}

TEST_CASE("an empty output that ended well is a warning") {
  hf::Context context;
  Backup backup;
  hf::command_driver()->open_source("exec:true", {}, {})->backup(backup, context);
  CHECK(context.warnings() == 1);
  CHECK(backup.entries[".sql"].committed);
}

TEST_CASE("a password that a failing command repeats does not reach the error") {
  hf::Context context;
  Backup backup;
  const auto source = hf::command_driver()->open_source("exec:sh -c 'echo \"bad $1\" >&2; exit 1' sh password=hunter2", {}, {});
  CHECK(source->describe(context).record.uri.find("hunter2") == std::string::npos);
  CHECK_THROWS_WITH_AS(source->backup(backup, context), "sh failed with exit status 1: bad password=***", hf::Error);
}

TEST_CASE("a target command gets exactly the plain bytes") {
  const Folder folder;
  hf::Context context;
  std::string text;
  for (int i = 0; i < 300000; ++i) text += static_cast<char>(i * 7);
  const std::string uri = "exec:sh -c 'cat > \"$1\"; echo chatter' sh " + (folder.path / "out").string();
  const auto report = hf::command_driver()->open_target(uri, {})->restore(view_of({text}), {}, context);
  CHECK(report.bytes == text.size());
  CHECK(file_text(folder.path / "out") == text);
}

TEST_CASE("a target command that fails or leaves any byte unread is an error") {
  CHECK(restore_error("exec:sh -c 'cat >/dev/null; echo bad row >&2; exit 3'", view_of({"x"}), hf::ErrorCode::target) ==
        "sh failed with exit status 3: bad row");
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
    CAPTURE(size);
    const auto view = view_of({std::string(size, 'x')});
    CHECK(restore_error("exec:true", view, hf::ErrorCode::target).starts_with("true ended without reading all"));
  }
  CHECK(restore_error("exec:no-such-program-anywhere", view_of({"x"}), hf::ErrorCode::not_found).find("no-such-program") !=
        std::string::npos);
}

TEST_CASE("a command takes one stream: a backup of several entries is refused before it starts") {
  hf::Context context;
  const auto target = hf::command_driver()->open_target("exec:cat", {});
  CHECK_THROWS_AS(target->preflight(view_of({"a", "b"}), {}, context), hf::Error);
  CHECK_THROWS_AS(target->preflight(view_of({"a"}), {.selection = {.include = {"x"}, .exclude = {}}}, context), hf::Error);
  CHECK_NOTHROW(target->preflight(view_of({"a"}), {}, context));
}

TEST_CASE("a proof needs a target, and data that the target refuses is a fault") {
  hf::Context context;
  const auto driver = hf::command_driver();
  const auto prove = [&](const std::string& target, bool damaged = false) {
    return driver->prove(view_of({"x"}, damaged), {.level = hf::VerifyLevel::restore, .target = target, .queries = {}}, context);
  };
  CHECK_THROWS_WITH_AS(prove(""), doctest::Contains("--target"), hf::Error);
  CHECK(prove("exec:cat").level == hf::ProofLevel::restored);
  CHECK(prove("exec:cat").faults.empty());
  CHECK(prove("exec:sh -c 'cat; exit 1'").faults.size() == 1);
  CHECK(prove("exec:sh -c 'cat; exit 1'").level == hf::ProofLevel::stored);
  CHECK(prove("exec:cat", true).faults.size() == 1);
  CHECK_THROWS_AS(prove("exec:no-such-program-anywhere"), hf::Error);
}

TEST_CASE("a proof takes its command as an argument list, and no option that it would ignore") {
  hf::Context context;
  const auto prove = [&](const hf::Options& options) {
    return hf::command_driver()->prove(view_of({"x"}),
                                       {.level = hf::VerifyLevel::restore, .target = "exec:", .queries = {}, .driver = options}, context);
  };
  CHECK(prove({{"argv", R"(["cat"])"}}).level == hf::ProofLevel::restored);
  CHECK_THROWS_WITH_AS(prove({{"argv", R"(["cat"])"}, {"suffix", ".x"}}), "exec option suffix is for backup, not for verify: leave it out",
                       hf::Error);
  hf::Bytes bytes;
  const auto out = hf::memory_writer(bytes);
  CHECK_THROWS_WITH_AS(hf::command_driver()->export_to(view_of({"x"}), {.driver = {{"argv", "[]"}}}, *out, context),
                       "exec option argv is for backup, restore, verify and doctor, not for export: leave it out", hf::Error);
  CHECK(bytes.empty());
}

TEST_CASE("exported SQL is the stream itself") {
  hf::Context context;
  hf::Bytes bytes;
  const auto out = hf::memory_writer(bytes);
  hf::command_driver()->export_to(view_of({"select 1;\n"}), {.format = "stream"}, *out, context);
  CHECK(hf::as_text(bytes) == "select 1;\n");
}

TEST_CASE("exec() pushes a command's output into a pipeline") {
  hf::Context context;
  hf::Bytes bytes;
  const auto out = hf::memory_writer(bytes);
  hf::exec({"printf", "%s", "a|b"})(*out, context);
  CHECK(hf::as_text(bytes) == "a|b");
  CHECK_THROWS_AS(hf::exec({"false"})(*out, context), hf::Error);
  CHECK_THROWS_AS(hf::exec({}), hf::Error);
}

TEST_CASE("cancelling ends the command") {
  hf::Context context;
  std::stop_source stop;
  context.stop = stop.get_token();
  stop.request_stop();
  Backup backup;
  const auto source = hf::command_driver()->open_source("exec:sleep 60", {}, {});
  CHECK_THROWS_AS(source->backup(backup, context), hf::Error);
  CHECK(!backup.entries[".sql"].committed);
}
