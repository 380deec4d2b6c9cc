// The calls of bindings.py in C++: bindings stream|push FILE REPOSITORY. Prints wall and CPU seconds of the backup
// only.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "holdfast/holdfast.hpp"

namespace hf = holdfast;

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

double cpu_seconds() {
  double total = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
      total += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
  return total;
}

void push(hf::Repository& repository, const char* path, hf::Context& context) {
  const int fd = ::open(path, O_RDONLY);
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0) throw hf::Error(hf::ErrorCode::io, std::string("can't open ") + path);
  const auto size = static_cast<std::size_t>(info.st_size);
  const void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) throw hf::Error(hf::ErrorCode::io, std::string("can't map ") + path);
  const hf::ByteView data(static_cast<const std::byte*>(mapped), size);
  const auto session = repository.begin({}, context);
  auto& source = session->add_source({.record = {.uri = "bench:push", .driver = "bench", .name = "push"}});
  const auto entry = source.open({.name = "data", .kind = "stream"});
  for (std::size_t at = 0; at < size; at += kPiece) entry->write(data.subspan(at, std::min(kPiece, size - at)));
  entry->commit();
  session->commit();
}

}  // namespace

int main(int, char** argv) try {
  hf::Context context;
  const hf::Key key = hf::raw_key(hf::Secret(std::string_view("0123456789abcdef0123456789abcdef")));
  hf::Repository repository = hf::Repository::create(argv[3], {.key = key}, context);
  const double cpu = cpu_seconds();
  const auto begun = std::chrono::steady_clock::now();
  if (std::string(argv[1]) == "push") {
    push(repository, argv[2], context);
  } else {
    repository.backup({std::string("exec:cat ") + argv[2]}, {}, context);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  std::printf("{\"seconds\": %.6f, \"cpu\": %.6f}\n", wall.count(), cpu_seconds() - cpu);
  return 0;
} catch (const hf::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
