// Streams as they come from the storage or from a program: compressed, encrypted, COPY text.
#include "driver/postgres/copy_text.hpp"
#include "fuzz/target.hpp"
#include "holdfast/transform.hpp"
#include "support/packed_keys.hpp"

namespace holdfast::fuzz {

namespace {

using TransformOf = TransformPtr (*)();

TransformPtr zstd_stream() { return zstd(1); }
TransformPtr gzip_stream() { return gzip(1); }
TransformPtr lz4_stream() { return lz4(); }
TransformPtr sealed_stream() {
  static test::StuckRandom random;
  return aes256gcm(Secret(test::counted(7)), "name", random);
}

template <TransformOf transform>
void run_stream(ByteView input) {
  drain(*transform()->decode(memory_reader(input)));
}

template <TransformOf transform>
std::vector<Bytes> stream_seeds() {
  std::vector<Bytes> seeds;
  for (const std::size_t size : {0UL, 1UL, 1000UL, 3UL << 20U}) {
    Bytes encoded;
    const auto writer = transform()->encode(memory_writer(encoded));
    writer->write(Bytes(size, std::byte{'x'}));
    writer->commit();
    if (encoded.size() < (256U << 10)) seeds.push_back(std::move(encoded));
  }
  return seeds;
}

void run_copy_text(ByteView input) {
  std::size_t fields = 0;
  postgres::CopyTextReader reader([&fields](const std::vector<std::string>& row) {
    fields += row.size();
    for (const std::string& field : row) may_refuse([&field] { postgres::from_bytea(field); });
  });
  const std::size_t half = input.size() / 2;
  reader.add(input.first(half));
  reader.add(input.subspan(half));
}

std::vector<Bytes> copy_text_seeds() {
  const ByteView text = as_bytes("1\ta\\tb\\\\\\n\\N\t\\\\x00ff\n2\t\\x41\\101\t\\N\t\\\\xdeadbeef\n\\.\n");
  return {Bytes(text.begin(), text.end())};
}

}  // namespace

std::vector<FuzzTarget> stream_targets() {
  return {{"stream-zstd", run_stream<zstd_stream>, stream_seeds<zstd_stream>},
          {"stream-gzip", run_stream<gzip_stream>, stream_seeds<gzip_stream>},
          {"stream-lz4", run_stream<lz4_stream>, stream_seeds<lz4_stream>},
          {"stream-sealed", run_stream<sealed_stream>, stream_seeds<sealed_stream>},
          {"copy-text", run_copy_text, copy_text_seeds}};
}

}  // namespace holdfast::fuzz
