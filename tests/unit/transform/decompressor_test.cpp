#include "transform/decompressor.hpp"

#include <doctest/doctest.h>

#include "support/streams.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;
using holdfast::ByteView;
using holdfast::ErrorCode;

namespace {

// A format without compression: bytes up to and with a '.'.
class UpToDot final : public hf::Decompressor {
 public:
  std::string_view format() const noexcept override { return "dotted"; }
  Step step(ByteView in, std::span<std::byte> out) override {
    const std::size_t count = std::min({in.size(), out.size(), std::size_t{3}});
    std::copy_n(in.begin(), count, out.begin());
    if (count != 0) at_end_ = out[count - 1] == std::byte{'.'};
    return {count, count};
  }
  bool at_frame_end() const noexcept override { return at_end_; }

 private:
  bool at_end_ = false;
};

std::optional<ErrorCode> check(std::string_view plain, std::string_view compressed) {
  hf::RunningCheck running(std::make_unique<UpToDot>());
  running.add_plain(hf::as_bytes(plain).first(plain.size() / 2));
  running.add_plain(hf::as_bytes(plain).subspan(plain.size() / 2));
  return code_thrown([&] {
    running.add_compressed(hf::as_bytes(compressed).first(compressed.size() / 3));
    running.add_compressed(hf::as_bytes(compressed).subspan(compressed.size() / 3));
    running.finish();
  });
}

}  // namespace

TEST_CASE("the running decode check accepts only output that decodes completely to the input") {
  CHECK_FALSE(check("every byte is here.", "every byte is here."));
  CHECK(check("every byte is here.", "every bite is here.") == ErrorCode::internal);
  CHECK(check("every byte is here.", "every byte is her.") == ErrorCode::internal);
  CHECK(check("no end", "no end") == ErrorCode::internal);
}
