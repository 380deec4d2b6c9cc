// Backs up real trees into a packed repository in memory, with a manual clock.

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "driver/files/place.hpp"
#include "driver/files/proof.hpp"
#include "driver/files/source.hpp"
#include "driver/files/target.hpp"
#include "driver/files/tree.hpp"
#include "driver/files/walk.hpp"
#include "support/packed_repository.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
using namespace holdfast;
using namespace holdfast::test;

namespace {

struct TreeRepository : PackedRepository {
  TreeRepository() {
    fs::create_directory(root);
    context.limits.jobs = 3;
    set_clock(std::chrono::seconds(0));
  }

  /// Sets the clock to this long after the time before the tree was created, however slow this machine is.
  void set_clock(std::chrono::seconds later) {
    clock.advance(std::chrono::duration_cast<std::chrono::microseconds>(begin + later - clock.now()));
  }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name, std::ios::binary) << text;
  }

  BackupView back_up(const files::SourceOptions& options = {}, const Selection& selection = {}) {
    const auto source = files::tree_source(root, files::folder_record(root), selection, options);
    const auto session = layout->begin({}, context);
    source->backup(session->add_source(source->describe(context)), context);
    return view(session->commit().id);
  }

  BackupView view(const BackupId& id) {
    return {layout->manifest(id, context), 0, [this](const EntryRecord& entry) { return layout->open_entry(entry); }};
  }

  static std::string note(const BackupView& backup, const std::string& name) { return backup.source().notes.at(name); }

  std::string fault(const BackupView& backup, const fs::path& restored) {
    const ProofReport report = files::prove(backup, {.restored = files::uri_of(restored)}, context);
    return report.faults.empty() ? "" : report.faults.front().object + " " + report.faults.front().what;
  }

  void restore(const BackupView& backup, const fs::path& into) {
    const auto target = files::tree_target(into);
    target->preflight(backup, {}, context);
    target->restore(backup, {}, context);
  }

  /// Restores a backup and checks it against its list of files.
  void check_restored(const BackupView& backup) {
    restore(backup, out);
    CHECK(fault(backup, out) == "");
  }

  const std::chrono::system_clock::time_point begin = std::chrono::system_clock::now();
  testing::TempDirectory directory{testing::memory_directory()};
  const fs::path root = directory.path() / "tree", out = directory.path() / "out";
};

}  // namespace

TEST_CASE("files: a tree is restored, and a proof finds later changes") {
  TreeRepository tree;
  tree.write("a/text", "some text");
  tree.write("a/large", std::string(3'000'000, 'x'));
  tree.write("empty", "");
  fs::create_hard_link(tree.root / "a/text", tree.root / "b");
  fs::create_symlink("nowhere", tree.root / "link");
  REQUIRE(::truncate((tree.root / "empty").c_str(), 5'000'000) == 0);
  const BackupView backup = tree.back_up();
  tree.check_restored(backup);
  CHECK(fs::hard_link_count(tree.out / "b") == 2);
  const auto time = fs::last_write_time(tree.out / "a/large");
  std::fstream(tree.out / "a/large", std::ios::in | std::ios::out | std::ios::binary).seekp(1'234'567).put('y');
  fs::last_write_time(tree.out / "a/large", time);
  CHECK(tree.fault(backup, tree.out) == (tree.out / "a/large").string() + " has other bytes than were read");
  CHECK(files::prove(backup, {}, tree.context).faults.empty());
}

TEST_CASE("files: unchanged files are reused, except those changed in the last seconds before the earlier backup") {
  TreeRepository tree;
  tree.write("a", "text");
  tree.write("b/c", std::string(100'000, 'x'));
  tree.set_clock(std::chrono::seconds(1));
  tree.back_up();
  tree.set_clock(std::chrono::seconds(60));
  CHECK(TreeRepository::note(tree.back_up(), "unchanged") == "0");
  tree.set_clock(std::chrono::seconds(120));
  const BackupView third = tree.back_up();
  CHECK(TreeRepository::note(third, "unchanged") == "2");
  tree.check_restored(third);
}

TEST_CASE("files: a file that was replaced under its name is read") {
  TreeRepository tree;
  tree.write("a", "text");
  tree.set_clock(std::chrono::seconds(60));
  tree.back_up();
  const auto time = fs::last_write_time(tree.root / "a");
  tree.write("b", "TEXT");
  fs::rename(tree.root / "b", tree.root / "a");
  fs::last_write_time(tree.root / "a", time);
  tree.set_clock(std::chrono::seconds(120));
  const BackupView second = tree.back_up();
  CHECK(TreeRepository::note(second, "unchanged") == "0");
  tree.check_restored(second);
}

TEST_CASE("files: a backup reads everything again if the earlier one lost its packs") {
  TreeRepository tree;
  tree.write("a", std::string(100'000, 'x'));
  tree.set_clock(std::chrono::seconds(60));
  tree.back_up();
  tree.erase("packs/");
  tree.reopen();
  tree.set_clock(std::chrono::seconds(120));
  const BackupView second = tree.back_up();
  CHECK(TreeRepository::note(second, "unchanged") == "0");
  tree.check_restored(second);
}

TEST_CASE("files: a restore names the file whose list entry has wrong bytes or a missing bundle, and fails") {
  TreeRepository tree;
  tree.write("a", "text");
  tree.write("b", "TEXT");
  const BackupView backup = tree.back_up();
  const BackupView exchanged(std::make_shared<Manifest>(backup.manifest()), 0, [&](const EntryRecord& entry) {
    return entry.kind == files::kBundleKind ? memory_reader(Bytes(8, std::byte{1})) : backup.open(entry);
  });
  try {
    tree.restore(exchanged, tree.out);
    FAIL("restored");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::corrupt);
    CHECK(error.message().find((tree.out / "a").string()) != std::string::npos);
  }
  CHECK(fs::exists(tree.out / files::kUnfinishedMark));
  auto without = std::make_shared<Manifest>(backup.manifest());
  std::erase_if(without->entries, [](const EntryRecord& entry) { return entry.kind == files::kBundleKind; });
  const BackupView lacking(without, 0, [&](const EntryRecord& entry) { return backup.open(entry); });
  CHECK(code_of([&] { tree.restore(lacking, tree.directory.path() / "other"); }) == ErrorCode::corrupt);
}
