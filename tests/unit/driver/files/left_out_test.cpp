#include "driver/files/left_out.hpp"

#include <doctest/doctest.h>

using namespace holdfast;
using files::LeftOutFiles;

namespace {

// Keeps the metadata of a source.
struct Noted final : BackupWriter {
  std::unique_ptr<EntryWriter> open(EntryInfo) override { return nullptr; }
  void note(const std::string& key, std::string value) override { source.notes[key] = std::move(value); }
  void set_instant(TimePoint) override {}
  bool encrypted() const override { return false; }
  SourceRecord source;
};

SourceRecord noted(const LeftOutFiles& files) {
  Noted out;
  files.note(out);
  return out.source;
}

}  // namespace

TEST_CASE("files: what could not be read is in the metadata, and a warning of it comes back") {
  LeftOutFiles files;
  CHECK(noted(files).notes.empty());
  CHECK_FALSE(files::missing_from(noted(files)));
  files.add("a b/c");
  files.add("\xff");
  CHECK(noted(files).notes == Notes{{"unreadable_left_out", "2"}, {"unreadable", "a%20b/c %FF"}});
  CHECK(files::missing_from(noted(files)) == "files and folders that could not be read are not in the backup: 2, a%20b/c %FF");
}

TEST_CASE("files: the metadata names some of many files that could not be read, and counts all") {
  LeftOutFiles files;
  for (int i = 0; i < 10'000; ++i) files.add("folder/" + std::string(50, 'x') + std::to_string(i));
  const Notes notes = noted(files).notes;
  CHECK(notes.at("unreadable_left_out") == "10000");
  CHECK(notes.at("unreadable").size() < 4200);
  CHECK(notes.at("unreadable").ends_with(" ..."));
}
