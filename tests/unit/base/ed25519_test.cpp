// Ed25519: the vectors of RFC 8032, keys in PEM, and what does not verify.
#include "base/ed25519.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "holdfast/error.hpp"

using namespace holdfast;

namespace {

struct SignatureVector {
  const char *key, *public_key, *message, *signature;
};
constexpr SignatureVector kRfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}};

// The first vector's key, as `openssl genpkey -algorithm ed25519` writes keys.
constexpr const char* kPem =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

}  // namespace

TEST_CASE("Ed25519 signs and verifies as RFC 8032 says") {
  for (const SignatureVector& vector : kRfc8032) {
    const Ed25519Key key{Secret(from_hex(vector.key))};
    const Bytes message = from_hex(vector.message), signature = key.sign(message);
    CHECK(to_hex(key.public_key()) == vector.public_key);
    CHECK(to_hex(signature) == vector.signature);
    CHECK(ed25519_verifies(key.public_key(), message, signature));
    for (std::size_t at = 0; at < signature.size(); ++at) {
      Bytes changed = signature;
      changed[at] ^= std::byte{1};
      CHECK_FALSE(ed25519_verifies(key.public_key(), message, changed));
    }
    CHECK_FALSE(ed25519_verifies(key.public_key(), as_bytes("other"), signature));
  }
}

TEST_CASE("an Ed25519 key in PEM is the same key") {
  CHECK(to_hex(Ed25519Key(Secret(std::string_view(kPem))).public_key()) == kRfc8032[0].public_key);
}

TEST_CASE("what is no Ed25519 key is refused, without a word of it") {
  for (const std::string text : {"", "secret canary", "-----BEGIN PRIVATE KEY-----\nsecret canary\n-----END PRIVATE KEY-----\n"}) {
    try {
      Ed25519Key{Secret(std::string_view(text))};
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_argument);
      CHECK(error.message().find("canary") == std::string::npos);
    }
  }
  CHECK_FALSE(ed25519_verifies(Bytes(31), Bytes(), Bytes(64)));
  CHECK_FALSE(ed25519_verifies(Bytes(32), Bytes(), Bytes(63)));
  CHECK_FALSE(ed25519_verifies(from_hex(std::string(64, 'f')), Bytes(), Bytes(64)));
}
