// A part of tests/bench/run s3: moves one object between a storage and a file, with the storage only.
// holdfast-bench-s3 up|down STORAGE NAME FILE [KEY=VALUE…]
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "holdfast/storage.hpp"

namespace hf = holdfast;

namespace {

constexpr std::size_t kPiece = 1U << 20;

struct Close {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

std::unique_ptr<std::FILE, Close> open_file(const char* path, const char* mode) {
  std::unique_ptr<std::FILE, Close> file(std::fopen(path, mode));
  if (!file) throw std::runtime_error(std::string("can't open ") + path);
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  return file;
}

void up(hf::Storage& storage, const char* name, const char* path) {
  const auto file = open_file(path, "rb");
  const auto writer = storage.open_writer(name);
  hf::Bytes piece(kPiece);
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), file.get())) writer->write(hf::ByteView(piece).first(got));
  writer->commit();
}

void down(hf::Storage& storage, const char* name, const char* path) {
  const auto file = open_file(path, "wb");
  const auto reader = storage.open_reader(name);
  hf::Bytes piece(kPiece);
  while (const std::size_t got = reader->read(piece))
    if (std::fwrite(piece.data(), 1, got, file.get()) != got) throw std::runtime_error(std::string("can't write ") + path);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 5) throw std::runtime_error("usage: holdfast-bench-s3 up|down STORAGE NAME FILE [KEY=VALUE…]");
    hf::Options options;
    for (int index = 5; index < argc; ++index) {
      const std::string pair = argv[index];
      const std::size_t equals = pair.find('=');
      options.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    }
    const auto storage = hf::open_storage(argv[2], options, hf::IfMissing::create);
    (std::string(argv[1]) == "up" ? up : down)(*storage, argv[3], argv[4]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "holdfast-bench-s3: %s\n", error.what());
    return 1;
  }
}
