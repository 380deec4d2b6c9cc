// A host that backs up the output of a command, and uses the stages of a pipeline by themselves.
#include <holdfast/holdfast.hpp>

#include <iostream>
#include <memory>

namespace hf = holdfast;

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: embed NEW-REPOSITORY\n";
    return 2;
  }
  hf::Context context;
  auto repository = hf::Repository::create(argv[1], {.key = hf::passphrase("correct horse battery staple")}, context);
  const auto backup = repository.backup({"exec:seq 1 100000"}, {}, context);
  const auto report = repository.verify(backup.id, {.level = hf::VerifyLevel::full}, context);
  std::cout << backup.id << ": " << backup.plain_bytes << " bytes, " << (report.ok() ? "verified" : "DAMAGED") << '\n';

  const std::shared_ptr<hf::Storage> memory = hf::memory_storage();
  const auto piped = (hf::Pipeline{hf::exec({"seq", "1", "100000"})} | hf::gzip(6) | hf::sink(memory, "numbers.gz")).run(context);
  const auto stored = memory->stat("numbers.gz");
  std::cout << piped.bytes_in << " bytes piped into " << (stored ? stored->size : 0) << '\n';
  return report.ok() && stored && piped.bytes_in == backup.plain_bytes ? 0 : 1;
} catch (const hf::Error& error) {
  std::cerr << hf::to_string(error.code()) << ": " << error.what() << '\n';
  return 1;
}
