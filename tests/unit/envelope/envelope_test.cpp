// Sealed secrets of hosts: what opens, what does not, and changing keys.
#include "holdfast/envelope.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"

using namespace holdfast;

namespace {

EnvelopeKey envelope_key(const std::string& id, char fill) { return {id, Secret(std::string(32, fill))}; }

ErrorCode code_of_envelope(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    CHECK(error.message().find('\n') == std::string::npos);
    return error.code();
  }
  return ErrorCode{0};
}

std::string opened(const Envelope& envelope, const std::string& sealed, const std::string& purpose) {
  return std::string(as_text(envelope.open(sealed, purpose).bytes()));
}

class CountingBytes final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    for (std::byte& byte : out) byte = static_cast<std::byte>(next_++);
  }

 private:
  unsigned char next_ = 0;
};

}  // namespace

TEST_CASE("an envelope opens what it sealed: nothing, text, bytes of every value, a megabyte") {
  const Envelope envelope({envelope_key("2026", 'a')});
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
  for (const std::string& secret : {std::string(), std::string("hunter2"), every, std::string(1 << 20, 'x')}) {
    const std::string sealed = envelope.seal(as_bytes(secret), "smtp");
    CHECK(sealed.starts_with("hfe1.2026."));
    CHECK(opened(envelope, sealed, "smtp") == secret);
  }
}

TEST_CASE("the bytes of a sealed secret are those of docs/envelope.md") {
  CountingBytes salt;
  const std::string sealed = Envelope({envelope_key("k", 'a')}).seal(as_bytes("hunter2"), "smtp", salt);
  // Computed with Python's cryptography: HKDF(key, salt 00…1f, "holdfast/envelope/v1"), AES-256-GCM, AAD "hfe1.k.smtp".
  CHECK(sealed == "hfe1.k.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-1KTaFRcnmmKUYD8KrtEFt68lIPj2ExA");
}

TEST_CASE("two sealings of one secret differ, so that nobody sees which rows are equal") {
  const Envelope envelope({envelope_key("k", 'a')});
  CHECK(envelope.seal(as_bytes("x"), "") != envelope.seal(as_bytes("x"), ""));
}

TEST_CASE("a sealed secret with any character changed, cut or added does not open") {
  const Envelope envelope({envelope_key("k", 'a')});
  const std::string sealed = envelope.seal(as_bytes("hunter2"), "smtp");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    CAPTURE(at);
    std::string changed = sealed;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    const ErrorCode code = code_of_envelope([&] { envelope.open(changed, "smtp"); });
    CHECK((code == ErrorCode::corrupt || code == ErrorCode::wrong_key));
    CHECK(code_of_envelope([&] { envelope.open(sealed.substr(0, at), "smtp"); }) == ErrorCode::corrupt);
  }
  for (const char* more : {"A", "=", "\n", " ", "."})
    CHECK(code_of_envelope([&] { envelope.open(sealed + more, "smtp"); }) == ErrorCode::corrupt);
}

TEST_CASE("a sealed secret opens for its own purpose only") {
  const Envelope envelope({envelope_key("k", 'a')});
  const std::string sealed = envelope.seal(as_bytes("hunter2"), "user 1");
  for (const char* purpose : {"", "user 2", "user 1 "})
    CHECK(code_of_envelope([&] { envelope.open(sealed, purpose); }) == ErrorCode::corrupt);
}

TEST_CASE("rotation: the new key seals, the old one still opens, and is not needed after all texts were rotated") {
  const Envelope before({envelope_key("2025", 'a')}), both({envelope_key("2026", 'b'), envelope_key("2025", 'a')}),
      after({envelope_key("2026", 'b')});
  const std::string old = before.seal(as_bytes("hunter2"), "smtp");
  CHECK(opened(both, old, "smtp") == "hunter2");
  CHECK_FALSE(both.is_current(old));
  CHECK(code_of_envelope([&] { after.open(old, "smtp"); }) == ErrorCode::wrong_key);
  const std::string rotated = both.rotate(old, "smtp");
  CHECK(both.is_current(rotated));
  CHECK(opened(after, rotated, "smtp") == "hunter2");
}

TEST_CASE("another key of the same id does not open, and no message shows the secret or the key") {
  const std::string sealed = Envelope({envelope_key("k", 'a')}).seal(as_bytes("hunter2"), "");
  try {
    Envelope({envelope_key("k", 'b')}).open(sealed, "");
    FAIL("opened");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::corrupt);
    CHECK(error.message().find("hunter2") == std::string::npos);
    CHECK(error.message().find("bbbb") == std::string::npos);
  }
}

TEST_CASE("wrong keys are refused when the envelope is made") {
  const auto refused = [](std::vector<EnvelopeKey> keys) {
    return code_of_envelope([&] { Envelope envelope(std::move(keys)); }) == ErrorCode::invalid_argument;
  };
  CHECK(refused({}));
  CHECK(refused({{"k", Secret(std::string_view("short"))}}));
  for (const char* id : {"", "a.b", "a b", "a\n", "\xc3\xa4"}) CHECK(refused({envelope_key(id, 'a')}));
  CHECK(refused({envelope_key(std::string(65, 'k'), 'a')}));
  CHECK(refused({envelope_key("k", 'a'), envelope_key("l", 'a'), envelope_key("k", 'b')}));
}
