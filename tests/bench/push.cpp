// Pushes the given number of MiB into a new repository through the C++ interface: push NEW-REPOSITORY MIB. The twin of
// push.c.
#include <cstdlib>
#include <iostream>

#include "holdfast/holdfast.hpp"
#include "push_data.h"

namespace hf = holdfast;

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  static unsigned char block[PUSH_BLOCK];
  const std::uint64_t end = std::strtoull(argv[2], nullptr, 10) << 20;
  hf::Context context;
  auto repository =
      hf::Repository::create(argv[1], {.key = hf::raw_key(hf::Secret(std::string_view("0123456789abcdef0123456789abcdef")))}, context);
  const auto backup = repository.begin({}, context);
  auto entry =
      backup->add_source({.record = {.uri = "app:push", .driver = "host", .name = "push"}}).open({.name = "data", .kind = "stream"});
  std::uint64_t state = 1;
  for (std::uint64_t at = 0; at < end; at += sizeof block) {
    state = fill_block(block, state);
    entry->write(std::as_bytes(std::span(block)));
  }
  entry->commit();
  backup->commit();
  return 0;
} catch (const hf::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
