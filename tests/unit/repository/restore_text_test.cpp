// Runs RESTORE.txt unchanged, with standard tools only, from a repository in a folder.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/subprocess.hpp"
#include "support/plain_repository.hpp"
#include "support/temp_directory.hpp"

using namespace holdfast;
using namespace holdfast::test;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

CommandResult shell(const std::string& script) {
  Context context;
  return run_command({.argv = {"/bin/sh", "-c", script}}, context);
}

// Entries with hostile names: no part of them may be executed or break a line.
const std::vector<std::pair<std::string, std::string>> kEntries{{"data/first", "1\n"},
                                                                {"it's; touch $HACKED `touch $HACKED`\ntouch $HACKED", "2\n"},
                                                                {"-rf", "3\n"},
                                                                {"large", std::string(3U << 20, 'x') + "\n"}};

struct OnDisk {
  explicit OnDisk(const std::optional<Key>& key, bool single = false) {
    auto storage = open_storage("file://" + (folder / "repo").string(), {}, IfMissing::create);
    PlainLayout layout(PlainPlace::create(storage, key, context, kCheap));
    for (const char* compression : {"zstd", "gzip", "lz4", "none"}) {
      const auto session = layout.begin({.compression = compression}, context);
      SourceInfo info = PlainRepository::source("it's\ntouch $HACKED");
      info.single_stream = single;
      BackupWriter& writer = session->add_source(info);
      int order = 9;
      for (const auto& [name, bytes] : kEntries) {
        const auto entry =
            writer.open({.name = single ? ".sql" : name, .restore_with = "cat >> \"$TARGET\"  # in order", .restore_order = order--});
        for (std::size_t at = 0; at < bytes.size(); at += 100'003) entry->write(as_bytes(std::string_view(bytes).substr(at, 100'003)));
        entry->commit();
        if (single) break;
      }
      session->commit();
      ids.push_back(session->id());
    }
    expected = single ? kEntries[0].second : "";
    if (!single) {
      for (auto entry = kEntries.rbegin(); entry != kEntries.rend(); ++entry) expected += entry->second;
    }
  }
  std::string environment(const std::string& out) const {
    return "HACKED=" + (folder / "hacked").string() + " TARGET=" + (folder / out).string() + " ";
  }

  holdfast::testing::TempDirectory directory;
  const fs::path folder = directory.path();
  Context context;
  std::vector<BackupId> ids;
  std::string expected;
};

bool have_tools() {
  if (shell("command -v zstd gzip lz4 sha256sum && python3 -c 'import cryptography'").status == 0) return true;
  MESSAGE("SKIPPED: zstd, gzip, lz4, sha256sum and python3 with its package cryptography are needed");
  return false;
}

}  // namespace

TEST_CASE("the RESTORE.txt of an unencrypted backup restores it, in order, whatever the names") {
  if (!have_tools()) return;
  OnDisk disk(std::nullopt);
  for (const BackupId& id : disk.ids) {
    const std::string script = (disk.folder / "repo" / id / "RESTORE.txt").string();
    const CommandResult run = shell(disk.environment(id) + "sh " + script);
    CHECK_MESSAGE(run.status == 0, run.errors);
    CHECK(content(disk.folder / id) == disk.expected);
    CHECK(!fs::exists(disk.folder / "hacked"));
    CHECK(shell("sh " + script).status != 0);  // without TARGET
  }
}

TEST_CASE("the RESTORE.txt of a damaged backup restores nothing") {
  if (!have_tools()) return;
  OnDisk disk(std::nullopt);
  const fs::path folder = disk.folder / "repo" / disk.ids[0];
  fs::permissions(folder / "large.zst", fs::perms::owner_write, fs::perm_options::add);
  write(folder / "large.zst", "damaged");
  CHECK(shell(disk.environment("out") + "sh " + (folder / "RESTORE.txt").string()).status != 0);
  CHECK(!fs::exists(disk.folder / "out"));
}

TEST_CASE("the RESTORE.txt of an encrypted backup decrypts it with only python, and the result can be restored") {
  if (!have_tools()) return;
  for (const bool single : {false, true}) {
    for (const bool raw : {false, true}) {
      CAPTURE(single);
      CAPTURE(raw);
      OnDisk disk(raw ? test_key() : passphrase("p\xc3\xa4ss word"), single);
      write(disk.folder / "password", raw ? "0123456789abcdef0123456789abcdef" : "p\xc3\xa4ss word\n");
      write(disk.folder / "wrong", "password\n");
      for (const BackupId& id : disk.ids) {
        const fs::path beside = disk.folder / "repo" / (single ? id + "." : id + "/");
        const std::string script = beside.string() + "RESTORE.txt";
        const std::string out = (disk.folder / ("plain-" + id)).string();
        const CommandResult decrypted = shell("PASSWORD_FILE=" + (disk.folder / "password").string() + " sh " + script + " " + out);
        CHECK_MESSAGE(decrypted.status == 0, decrypted.errors);
        const CommandResult run = shell(disk.environment(id) + "sh " + out + "/" + (single ? id + "." : "") + "restore.sh");
        CHECK_MESSAGE(run.status == 0, run.errors);
        CHECK(content(disk.folder / id) == disk.expected);
        CHECK(!fs::exists(disk.folder / "hacked"));
      }
      const std::string script = (disk.folder / "repo" / (disk.ids[0] + (single ? "." : "/"))).string() + "RESTORE.txt";
      const CommandResult wrong =
          shell("PASSWORD_FILE=" + (disk.folder / "wrong").string() + " sh " + script + " " + (disk.folder / "w").string());
      CHECK(wrong.status != 0);
      CHECK(wrong.errors.find("wrong password") != std::string::npos);
    }
  }
}
