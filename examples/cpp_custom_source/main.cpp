// A host's own source: backs up data in an application's memory as streams.
#include <holdfast/holdfast.hpp>

#include <iostream>
#include <map>
#include <string>

namespace hf = holdfast;

namespace {

using Notes = std::map<std::string, std::string>;

class NotesSource final : public hf::Source {
 public:
  explicit NotesSource(const Notes& notes) : notes_(notes) {}

  hf::SourceInfo describe(hf::Context&) override {
    hf::SourceInfo info{.record = {.uri = "app:notes", .driver = "app", .name = "notes"}};
    for (const auto& [name, text] : notes_) info.size_estimate += text.size();
    return info;
  }

  void backup(hf::BackupWriter& out, hf::Context& context) override {
    out.set_instant(context.now());
    for (const auto& [name, text] : notes_) {
      const auto entry = out.open({.name = name, .kind = "stream"});
      entry->write(hf::as_bytes(text));
      entry->commit();
    }
    out.note("notes", std::to_string(notes_.size()));
  }

 private:
  const Notes& notes_;
};

Notes read_back(const hf::BackupView& view) {
  Notes notes;
  for (const hf::EntryRecord* entry : view.entries()) {
    notes[entry->name] = hf::as_text(hf::read_all(*view.open(*entry), entry->plain_bytes));
  }
  return notes;
}

}  // namespace

int main() try {
  const Notes notes{{"shopping", "milk, bread"}, {"ideas/2026", std::string(100'000, '!')}, {"empty", ""}};
  hf::Context context;
  auto repository = hf::create_repository(hf::memory_storage(), {.key = hf::passphrase("correct horse battery staple")}, context);
  NotesSource source(notes);
  const auto backup = hf::backup_sources(repository, {&source}, {}, context);

  const bool equal = read_back(repository.view(backup.id, 0, context)) == notes;
  std::cout << backup.id << ": " << backup.entries << " notes, " << (equal ? "read back equal" : "DAMAGED") << '\n';
  return equal ? 0 : 1;
} catch (const hf::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
