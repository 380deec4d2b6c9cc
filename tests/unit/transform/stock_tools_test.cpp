#include <doctest/doctest.h>

#include "base/subprocess.hpp"
#include "holdfast/transform.hpp"
#include "support/streams.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;
using holdfast::ByteView;

namespace {

// Returns the output of `argv` for `input`; none, with a message, if the program is not installed.
std::optional<Bytes> run_tool(std::vector<std::string> argv, ByteView input) {
  const hf::Context context;
  const std::string program = hf::find_program(argv[0], context);
  if (program.empty()) {
    MESSAGE("SKIPPED: ", argv[0], " is not installed");
    return std::nullopt;
  }
  argv[0] = program;
  const auto result = hf::run_command({.argv = argv}, context, hf::as_text(input));
  CHECK_MESSAGE(result.status == 0, result.errors);
  const ByteView output = hf::as_bytes(result.output);
  return Bytes(output.begin(), output.end());
}

struct Tool {
  hf::TransformPtr transform;
  std::vector<std::string> decode;
  std::vector<std::vector<std::string>> encode;
};

std::vector<Tool> tools() {
  return {{hf::zstd(),
           {"zstd", "-dcq"},
           {{"zstd", "-cq"}, {"zstd", "-19", "--long=27", "-cq"}, {"zstd", "--no-check", "-cq"}, {"pzstd", "-cq"}}},
          {hf::gzip(), {"gzip", "-dc"}, {{"gzip", "-c"}, {"gzip", "-1c"}, {"pigz", "-c"}}},
          {hf::lz4(), {"lz4", "-dcq"}, {{"lz4", "-cq"}, {"lz4", "-9", "-BD", "-cq"}, {"lz4", "-B4", "-BX", "-cq"}}}};
}

}  // namespace

TEST_CASE("the stock tool reads what we compress") {
  for (const Tool& tool : tools()) {
    CAPTURE(tool.decode[0]);
    for (const std::size_t size : {0, 1, 100, (1 << 20) + 1, (3 << 20) + 5}) {
      CAPTURE(size);
      const Bytes plain = rows(size, 1);
      if (const auto back = run_tool(tool.decode, encode(*tool.transform, plain))) CHECK(*back == plain);
    }
  }
}

TEST_CASE("we read what the stock tools compress, alone and one after the other") {
  const Bytes plain = rows((3 << 20) + 5, 2);
  for (const Tool& tool : tools()) {
    for (const auto& argv : tool.encode) {
      CAPTURE(argv[0]);
      const auto encoded = run_tool(argv, plain);
      if (!encoded) continue;
      CHECK(decode(*tool.transform, *encoded) == plain);
      Bytes twice = *encoded, plain_twice = plain;
      twice.insert(twice.end(), encoded->begin(), encoded->end());
      plain_twice.insert(plain_twice.end(), plain.begin(), plain.end());
      CHECK(decode(*tool.transform, twice) == plain_twice);
      CHECK(code_thrown([&] { decode(*tool.transform, ByteView(twice).first(twice.size() - 1)); }) == hf::ErrorCode::corrupt);
    }
  }
}
