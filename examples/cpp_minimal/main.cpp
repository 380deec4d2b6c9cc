// Backs up a PostgreSQL database into an encrypted repository, lists the backups, proves the new one on a scratch
// server and expires old ones.
#include <holdfast/holdfast.hpp>

#include <iostream>

namespace hf = holdfast;

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: cpp_minimal NEW-REPOSITORY PASSWORD postgresql://…\n";
    return 2;
  }
  hf::Context context;
  auto repository = hf::Repository::create(argv[1], {.key = hf::passphrase(argv[2])}, context);
  const auto backup = repository.backup({argv[3]}, {.tags = {{"env", "prod"}}}, context);
  for (const hf::BackupInfo& info : repository.list(context)) std::cout << info.id << '\n';

  const auto report = repository.verify(backup.id, {.level = hf::VerifyLevel::restore}, context);
  if (report.ok() && report.proof.level == hf::ProofLevel::content_equal) {
    std::cout << "PROVED " << report.proof.counts.of("tables") << " tables, " << report.proof.counts.of("rows") << " rows\n";
  }
  repository.expire({.keep_daily = 7}, context);
  return report.ok() ? 0 : 1;
} catch (const hf::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
