// A host that backs up its own data: it passes a stream to Holdfast, without a file or command in between.
#include <holdfast/holdfast.hpp>

#include <iostream>
#include <string>

namespace hf = holdfast;

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: embed NEW-REPOSITORY\n";
    return 2;
  }
  hf::Context context;
  auto repository = hf::Repository::create(argv[1], {.key = hf::passphrase("correct horse battery staple")}, context);

  auto session = repository.begin({.tags = {{"app", "notes"}}}, context);
  hf::BackupWriter& source = session->add_source({.record = {.uri = "app:notes", .driver = "app", .name = "notes"}});
  auto entry = source.open({.name = "notes.txt", .kind = "stream"});
  std::string text;
  for (int line = 0; line < 10'000; ++line) text += "note " + std::to_string(line) + '\n';
  entry->write(hf::as_bytes(text));
  entry->commit();
  const hf::BackupInfo backup = session->commit();  // from here on the backup survives any crash

  const auto report = repository.verify(backup.id, {.level = hf::VerifyLevel::full}, context);
  for (const auto& fault : report.faults) std::cerr << fault.object << ": " << fault.what << '\n';

  const hf::BackupView view = repository.view(backup.id, 0, context);
  const hf::Bytes back = hf::read_all(*view.open(*view.find("notes.txt")), 1 << 20);
  const bool equal = hf::as_text(back) == text;
  std::cout << backup.id << ": " << backup.plain_bytes << " bytes, " << backup.stored_bytes << " stored, "
            << (report.ok() && equal ? "read back equal" : "DAMAGED") << '\n';
  return report.ok() && equal && repository.list(context).size() == 1 ? 0 : 1;
} catch (const hf::Error& error) {
  std::cerr << hf::to_string(error.code()) << ": " << error.what() << '\n';
  return 1;
}
