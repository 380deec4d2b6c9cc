// Streams from a storage or a program: compressed, encrypted, COPY text.
#include <algorithm>
#include <stdexcept>

#include "base/big_endian.hpp"
#include "driver/postgres/client/copy_text.hpp"
#include "driver/postgres/restore/binary_rows.hpp"
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

// Returns whether `rows` are whole rows of COPY's binary format, each with this many fields.
bool are_binary_rows(ByteView rows, std::size_t columns) {
  while (!rows.empty()) {
    if (rows.size() < 2 || number_in<std::uint16_t>(rows) != columns) return false;
    rows = rows.subspan(2);
    for (std::size_t column = 0; column < columns; ++column) {
      if (rows.size() < 4) return false;
      const auto length = number_in<std::uint32_t>(rows);
      rows = rows.subspan(4);
      if (length == 0xFFFFFFFF) continue;  // null
      if (length > rows.size()) return false;
      rows = rows.subspan(length);
    }
  }
  return true;
}

// The number of columns, the form of each, and the rows as text.
void run_copy_binary(ByteView input) {
  if (input.empty()) return;
  const std::size_t columns = std::min<std::size_t>(std::to_integer<unsigned>(input[0]) % 32, input.size() - 1);
  std::vector<postgres::BinaryForm> forms;
  for (const std::byte form : input.subspan(1, columns))
    forms.push_back(static_cast<postgres::BinaryForm>(std::to_integer<int>(form) % 16));
  postgres::BinaryRows rows(forms);
  const std::string text(as_text(input.subspan(1 + columns)));
  const std::size_t turned = rows.turn(text);
  if (turned != 0 && text.at(turned - 1) != '\n') throw std::runtime_error("a part of a row was turned");
  if (!are_binary_rows(rows.rows(), columns)) throw std::runtime_error("what was made is no rows");
}

std::vector<Bytes> copy_binary_seeds() {
  std::string seed(1, '\20');
  for (char form = 0; form < 16; ++form) seed += form;
  for (const char* row : {"a\\tb\\\\", "{}", "t", "-1", "2", "3", "4", "1.5", "-2e-10", "12345.678", "00112233-4455-6677-8899-aabbccddeeff",
                          "\\\\x00ff", "2026-01-02", "23:59:59.999", "0044-03-15 00:00:00 BC", "2026-01-02 03:04:05.678901+00"}) {
    seed += std::string(row) + '\t';
  }
  seed.back() = '\n';
  for (int column = 0; column < 16; ++column) seed += column == 15 ? "\\N\n" : "\\N\t";
  const ByteView bytes = as_bytes(seed);
  return {Bytes(bytes.begin(), bytes.end())};
}

}  // namespace

std::vector<FuzzTarget> stream_targets() {
  return {{"stream-zstd", run_stream<zstd_stream>, stream_seeds<zstd_stream>},
          {"stream-gzip", run_stream<gzip_stream>, stream_seeds<gzip_stream>},
          {"stream-lz4", run_stream<lz4_stream>, stream_seeds<lz4_stream>},
          {"stream-sealed", run_stream<sealed_stream>, stream_seeds<sealed_stream>},
          {"copy-text", run_copy_text, copy_text_seeds},
          {"copy-binary", run_copy_binary, copy_binary_seeds}};
}

}  // namespace holdfast::fuzz
