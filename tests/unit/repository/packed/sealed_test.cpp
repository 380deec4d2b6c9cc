#include "repository/packed/sealed.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <set>

#include "base/hex.hpp"
#include "support/packed_keys.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const std::string kName = "backups/backup_20261120_180411_0badcafe";

Bytes joined(const std::vector<ByteView>& parts) {
  Bytes all;
  for (const ByteView part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes opened(ByteView sealed, ObjectClass as = ObjectClass::backup, const std::string& name = kName) {
  return open_object(counted_ring(), as, name, sealed, "shown name");
}

// Returns the code of the error that opening these bytes throws; it must name the object.
std::optional<ErrorCode> refusal(ByteView sealed) {
  try {
    opened(sealed);
  } catch (const Error& error) {
    CHECK(error.message().starts_with("shown name: "));
    return error.code();
  }
  return std::nullopt;
}

// HKDF of RFC 5869 from plain HMACs: uses nothing of the library.
Bytes mac(ByteView key, ByteView message) {
  Bytes out(32);
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

Bytes derived(ByteView key, ByteView salt, ByteView info) {
  const Bytes one{std::byte{1}};
  return mac(mac(salt, key), joined({info, one}));
}

// Opens one GCM segment with OpenSSL itself.
std::string segment_opened(ByteView key, ByteView nonce, ByteView sealed) {
  const auto raw = [](ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); };
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const ByteView text = sealed.first(sealed.size() - 16), tag = sealed.last(16);
  std::string plain(text.size(), '\0');
  int size = 0;
  EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, raw(key), raw(nonce));
  EVP_DecryptUpdate(context, reinterpret_cast<unsigned char*>(plain.data()), &size, raw(text), static_cast<int>(text.size()));
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, const_cast<std::byte*>(tag.data()));
  unsigned char none = 0;
  const bool good = EVP_DecryptFinal_ex(context, &none, &size) == 1;
  EVP_CIPHER_CTX_free(context);
  return good ? plain : "does not open";
}

}  // namespace

TEST_CASE("sealed bytes are those of the format: known answers from an independent implementation") {
  StuckRandom stuck;
  const Bytes sealed = seal_object(counted_ring(), ObjectClass::backup, kName, as_bytes("hello"), stuck);
  CHECK(to_hex(sealed) ==
        "4846534f01041400000000070000000000112233445566778899aabbccddeefff7612e982fdc1b4df15deca180a5ca8e7d6921c531d6f692"
        "b9f11f89ef43826e286c5ecf1cc10763d10f5f1dd31327092159c04add3d3e30d12b40263e8da8a6f44b0f8ce822dbb4aa73caf5c45ac510"
        "419ae95ae44fc832634176a811");
  CHECK(as_text(opened(sealed)) == "hello");

  const Secret master(std::string(32, 'M'));
  const std::string name = "keys/ring-00000001-0011223344556677";
  const Bytes ring = seal_ring(master, kRepositoryId, name, as_bytes("ring content"), stuck);
  CHECK(to_hex(ring) ==
        "4846534f01011400000000000000000000112233445566778899aabbccddeeff23a36050159f34b129ca532eebd19c68f54e020cc498319f"
        "74885d14c4e4ff87282ebde08471f0a1fa531e0bb402e5f20161c9652182c05062c87ad293736b1bc47524b02cc1e656404cce97aa40a3ba"
        "5a5aeeebb927ce856ec14437da13379ae626aac9");
  CHECK(as_text(open_ring(master, kRepositoryId, name, ring, name)) == "ring content");
}

TEST_CASE("commitment and stream follow from the root key by the format's formulas alone") {
  const Bytes sealed = seal_object(counted_ring(), ObjectClass::proof, "proofs/x", as_bytes("content"), system_random());
  const ByteView view(sealed);
  const Bytes ck = derived(counted(32), from_hex(kRepositoryId), as_bytes("holdfast/packed/v1/proof"));
  const Bytes aad = joined({view.first(32), as_bytes("proofs/x")});
  const ByteView salt = view.subspan(65, 32);
  CHECK(to_hex(view.subspan(32, 32)) == to_hex(derived(ck, salt, joined({as_bytes("commit/v1"), sha256(aad)}))));
  const Bytes nonce = joined({view.subspan(97, 7), from_hex("0000000001")});
  CHECK(segment_opened(derived(ck, salt, aad), nonce, view.subspan(104)) == "content");
}

TEST_CASE("a plain Tink stream follows the envelope") {
  const Bytes content = noise(3'000'000, 5);
  const Bytes sealed = seal_object(counted_ring(), ObjectClass::index, "", content, system_random());
  const Secret ck = counted_ring().class_key(7, "index");
  CHECK(decode(*aes256gcm(ck, as_text(ByteView(sealed).first(32))), ByteView(sealed).subspan(64)) == content);
}

TEST_CASE("contents of every size are read back, also around the ends of segments") {
  const std::uint64_t seed = 4711;
  CAPTURE(seed);
  Rng rng(seed);
  constexpr std::size_t kFirst = (1U << 20) - 40 - 16, kNext = (1U << 20) - 16;
  std::vector<std::size_t> sizes{0, kFirst - 1, kFirst, kFirst + 1, kFirst + kNext - 1, kFirst + kNext, kFirst + kNext + 1, 4U << 20};
  for (std::size_t power = 1; power <= 1U << 17; power *= 2) {
    for (const std::size_t size : {power - 1, power, power + 1, power + rng() % power}) sizes.push_back(size);
  }
  for (const std::size_t size : sizes) {
    CAPTURE(size);
    const Bytes content = noise(size, rng());
    const Bytes sealed = seal_object(counted_ring(), ObjectClass::backup, kName, content, system_random());
    REQUIRE(sealed.size() == sealed_size(size));
    REQUIRE(opened(sealed) == content);
  }
}

TEST_CASE("each changed, cut or additional byte of a sealed object is found, with the object's name") {
  const Bytes sealed = seal_object(counted_ring(), ObjectClass::backup, kName, as_bytes("what must not change"), system_random());
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    CAPTURE(at);
    for (const int flip : {0x01, 0x80, 0xff}) {
      Bytes changed = sealed;
      changed[at] ^= static_cast<std::byte>(flip);
      CHECK(refusal(changed) == (at == 4 ? ErrorCode::unsupported : ErrorCode::corrupt));
    }
    CHECK(refusal(ByteView(sealed).first(at)) == ErrorCode::corrupt);
  }
  for (const int more : {0, 1, 255}) {
    Bytes longer = sealed;
    longer.push_back(static_cast<std::byte>(more));
    CHECK(refusal(longer) == ErrorCode::corrupt);
  }
}

TEST_CASE("a sealed object does not open under another name, as another kind, in another repository or without its key") {
  const Bytes sealed = seal_object(counted_ring(), ObjectClass::backup, kName, as_bytes("x"), system_random());
  CHECK(as_text(opened(sealed)) == "x");
  CHECK(code_thrown([&] { opened(sealed, ObjectClass::backup, kName + "x"); }) == ErrorCode::corrupt);
  CHECK(code_thrown([&] { opened(sealed, ObjectClass::backup, ""); }) == ErrorCode::corrupt);
  CHECK(code_thrown([&] { opened(sealed, ObjectClass::removal); }) == ErrorCode::corrupt);
  Bytes relabelled = sealed;
  relabelled[5] = std::byte{5};
  CHECK(code_thrown([&] { opened(relabelled, ObjectClass::removal); }) == ErrorCode::corrupt);

  const std::string elsewhere(32, 'e');
  CHECK(code_thrown([&] { open_object(counted_ring(elsewhere), ObjectClass::backup, kName, sealed, kName); }) == ErrorCode::corrupt);
  Bytes moved = sealed;
  const Bytes other_id = from_hex(elsewhere);
  std::copy(other_id.begin(), other_id.end(), moved.begin() + 16);
  CHECK(code_thrown([&] { open_object(counted_ring(elsewhere), ObjectClass::backup, kName, moved, kName); }) == ErrorCode::corrupt);

  Bytes older = sealed;
  older[11] = std::byte{3};  // a generation with another key
  CHECK(refusal(older) == ErrorCode::corrupt);
  older[11] = std::byte{4};  // a generation that does not exist
  CHECK(refusal(older) == ErrorCode::corrupt);
  older[11] = std::byte{0};
  CHECK(refusal(older) == ErrorCode::corrupt);
}

TEST_CASE("a ring does not open with another master key, and no other object opens as a ring") {
  const Secret master(counted(1)), other(counted(2));
  const Bytes ring = seal_ring(master, kRepositoryId, "keys/r", as_bytes("x"), system_random());
  CHECK(as_text(open_ring(master, kRepositoryId, "keys/r", ring, "r")) == "x");
  CHECK(code_thrown([&] { open_ring(other, kRepositoryId, "keys/r", ring, "r"); }) == ErrorCode::corrupt);
  const Bytes object = seal_object(counted_ring(), ObjectClass::ring, "keys/r", as_bytes("x"), system_random());
  CHECK(code_thrown([&] { open_ring(Secret(counted(32)), kRepositoryId, "keys/r", object, "r"); }) == ErrorCode::corrupt);
}

TEST_CASE("objects of an older generation still open, new ones use the newest") {
  nlohmann::json members = ring_members();
  members["roots"].erase(1);
  const KeyRing before = KeyRing::decode(encode_cbor(members), kRepositoryId, "ring");
  const Bytes sealed = seal_object(before, ObjectClass::backup, kName, as_bytes("old"), system_random());
  CHECK(sealed[11] == std::byte{3});
  CHECK(as_text(opened(sealed)) == "old");
  CHECK(seal_object(counted_ring(), ObjectClass::backup, kName, as_bytes("new"), system_random())[11] == std::byte{7});
}

TEST_CASE("content that the format does not allow is not sealed") {
  const Bytes big(max_content(ObjectClass::removal) + 1);
  CHECK(code_thrown([&] { seal_object(counted_ring(), ObjectClass::removal, "removed/x", big, system_random()); }) == ErrorCode::limit);
  CHECK(code_thrown([&] { seal_object(counted_ring(), ObjectClass::backup, kName, big, system_random()); }) == std::nullopt);
}

TEST_CASE("with a random generator that repeats itself, different contents have different salts and equal ones equal salts") {
  StuckRandom stuck;
  std::set<std::string> salts;
  const auto salt = [&](const std::string& content) {
    const Bytes sealed = seal_object(counted_ring(), ObjectClass::backup, kName, as_bytes(content), stuck);
    return to_hex(ByteView(sealed).subspan(65, 39));
  };
  for (int i = 0; i < 1000; ++i) CHECK(salts.insert(salt("content " + std::to_string(i))).second);
  CHECK(salts.insert(salt("")).second);
  CHECK(salts.contains(salt("content 5")));
}
