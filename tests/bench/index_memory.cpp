// The memory and time that the index of a large repository needs: a ChunkIndex of made-up packs, with as many chunks as
// the argument says.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "repository/packed/chunk_index.hpp"

namespace {

constexpr std::uint32_t kChunksPerFrame = 4;
constexpr std::uint32_t kFramesPerPack = 8;
constexpr std::uint32_t kChunkBytes = 1U << 20;

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmRSS:") {
      std::size_t kib = 0;
      status >> kib;
      return kib;
    }
  }
  return 0;
}

void fill(std::mt19937_64& random, std::array<std::byte, 32>& bytes) {
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
}

holdfast::Pack made_up_pack(std::mt19937_64& random, std::vector<holdfast::ChunkId>& sample) {
  holdfast::Pack pack;
  fill(random, pack.sha256);
  for (std::uint32_t number = 0; number < kFramesPerPack; ++number) {
    holdfast::Frame frame{
        .stored_bytes = kChunkBytes, .plain_bytes = kChunksPerFrame * kChunkBytes, .codec = holdfast::Codec::zstd, .chunks = {}};
    for (std::uint32_t chunk = 0; chunk < kChunksPerFrame; ++chunk) {
      holdfast::ChunkId id;
      fill(random, id.bytes);
      frame.chunks.push_back({id, kChunkBytes});
    }
    pack.table.push_back(std::move(frame));
  }
  sample.push_back(pack.table.front().chunks.front().id);
  return pack;
}

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t chunks = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  std::mt19937_64 random(1);
  std::vector<holdfast::ChunkId> sample;
  sample.reserve(chunks / (kChunksPerFrame * kFramesPerPack) + 1);
  holdfast::ChunkIndex index;
  const std::size_t before = resident_kib();
  const auto begun = std::chrono::steady_clock::now();
  while (index.size() < chunks) index.add(made_up_pack(random, sample));
  index.finish();
  const double build = seconds_since(begun);
  const double bytes = static_cast<double>(resident_kib() - before) * 1024;
  const auto asked = std::chrono::steady_clock::now();
  std::uint64_t found = 0;
  for (const holdfast::ChunkId& id : sample) found += index.find(id).empty() ? 0U : 1U;
  const double look = seconds_since(asked) / static_cast<double>(sample.size());
  // The figure includes 32 bytes for each id of the sample, so it is never too low.
  std::printf("%u chunks in %zu packs: %.1f bytes of memory a chunk, built in %.1f s, found in %.2f us\n", index.size(),
              index.packs().size(), bytes / index.size(), build, look * 1e6);
  return found == sample.size() ? 0 : 1;
}
