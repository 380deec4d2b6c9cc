// Fernet tokens: the vectors of the specification (github.com/fernet/spec), and changing keys.
#include <doctest/doctest.h>

#include <functional>
#include <numeric>

#include "holdfast/envelope.hpp"
#include "holdfast/error.hpp"

using namespace holdfast;

namespace {

constexpr const char* kSpecKey = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
constexpr const char* kSpecToken = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

Fernet fernet_of(std::initializer_list<const char*> keys) {
  std::vector<Secret> secrets;
  for (const char* key : keys) secrets.emplace_back(std::string_view(key));
  return Fernet(secrets);
}

TimePoint spec_time(const char* utc) { return parse_time(utc); }

ErrorCode code_of_token(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode{0};
}

class FromZero final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    for (std::size_t at = 0; at < out.size(); ++at) out[at] = static_cast<std::byte>(at);
  }
};

}  // namespace

TEST_CASE("Fernet writes the specification's token and reads it") {
  FromZero iv;
  const Fernet fernet = fernet_of({kSpecKey});
  CHECK(fernet.seal(as_bytes("hello"), spec_time("1985-10-26T08:20:00Z"), iv) == kSpecToken);
  const Fernet::Age age{.ttl = std::chrono::seconds(60), .now = spec_time("1985-10-26T08:20:01Z")};
  CHECK(as_text(fernet.open(kSpecToken, age).bytes()) == "hello");
  CHECK(as_text(fernet.open(kSpecToken).bytes()) == "hello");
}

TEST_CASE("Fernet refuses the specification's invalid tokens") {
  struct Invalid {
    const char* why;
    const char* token;
    const char* now = "1985-10-26T08:20:01Z";
  };
  const Fernet fernet = fernet_of({kSpecKey});
  for (const Invalid& invalid : std::initializer_list<Invalid>{
           {"incorrect mac", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ=="},
           {"too short", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=="},
           {"invalid base64", "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q=="},
           {"payload size not multiple of block size",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm"},
           {"payload padding error",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw=="},
           {"far-future TS", "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw=="},
           {"expired TTL",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==", "1985-10-26T08:21:31Z"},
           {"incorrect IV", "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ=="}}) {
    CAPTURE(invalid.why);
    const Fernet::Age age{.ttl = std::chrono::seconds(60), .now = spec_time(invalid.now)};
    CHECK(code_of_token([&] { fernet.open(invalid.token, age); }) == ErrorCode::corrupt);
  }
}

TEST_CASE("Fernet opens what it sealed, of every size around a block, and nothing that is changed") {
  const Fernet fernet = fernet_of({kSpecKey});
  for (std::size_t size = 0; size < 50; ++size) {
    const std::string secret(size, 's');
    CHECK(as_text(fernet.open(fernet.seal(as_bytes(secret), spec_time("2026-11-29T00:00:00Z"))).bytes()) == secret);
  }
  const std::string token = kSpecToken;
  for (std::size_t at = 0; at < token.size(); ++at) {
    CAPTURE(at);
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CHECK(code_of_token([&] { fernet.open(changed); }) == ErrorCode::corrupt);
    CHECK(code_of_token([&] { fernet.open(token.substr(0, at)); }) == ErrorCode::corrupt);
  }
}

TEST_CASE("Fernet keys rotate: the first seals, every one opens, and an unknown one does not") {
  const char* other = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const Fernet both = fernet_of({other, kSpecKey});
  CHECK(as_text(both.open(kSpecToken).bytes()) == "hello");
  const std::string fresh = both.seal(as_bytes("new"), spec_time("2026-11-29T00:00:00Z"));
  CHECK(as_text(fernet_of({other}).open(fresh).bytes()) == "new");
  CHECK(code_of_token([&] { fernet_of({kSpecKey}).open(fresh); }) == ErrorCode::corrupt);
}

TEST_CASE("Fernet refuses keys that are none") {
  for (const char* key : {"", "short", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4",
                          "cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=\n"})
    CHECK(code_of_token([&] { fernet_of({key}); }) == ErrorCode::invalid_argument);
  CHECK(code_of_token([&] { Fernet fernet({}); }) == ErrorCode::invalid_argument);
}
