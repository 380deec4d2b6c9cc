#include "base/base64.hpp"

#include "conformance/storage_suite.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

TEST_CASE("base64 follows RFC 4648") {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(hf::to_base64(hf::as_bytes(plain)) == encoded);
    CHECK(hf::from_base64(encoded) == bytes_of(plain));
  }
  CHECK(hf::to_base64url(bytes_of("\xfb\xff\xfe?")) == "-__-Pw");
  CHECK(hf::to_base64(bytes_of("\xfb\xff\xfe?")) == "+//+Pw==");
}

TEST_CASE("base64 of any bytes reads as the same bytes") {
  for (std::size_t size = 0; size < 200; ++size) {
    const hf::Bytes bytes = random_bytes(size, static_cast<std::uint32_t>(size));
    CHECK(hf::from_base64(hf::to_base64(bytes)) == bytes);
  }
}

TEST_CASE("any text that is not base64 is refused") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==\n", " Zg==", "Zm 9v", "Zg==Zg==", "====", "-__-", "Zm9v="}) {
    CAPTURE(text);
    CHECK(error_of([&] { hf::from_base64(text); }).code() == hf::ErrorCode::invalid_argument);
  }
}
