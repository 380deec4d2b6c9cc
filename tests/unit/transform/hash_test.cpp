#include <doctest/doctest.h>

#include "holdfast/transform.hpp"
#include "support/streams.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;

namespace {

struct Seen {
  int calls = 0;
  hf::Digest digest;
  hf::TransformPtr stage(hf::HashKind kind) {
    return hf::hash(kind, [this](const hf::Digest& digest_) {
      ++calls;
      digest = digest_;
    });
  }
};

}  // namespace

TEST_CASE("a hash stage computes the published SHA-256 of written and of read bytes") {
  Seen seen;
  const auto stage = seen.stage(hf::HashKind::sha256);
  encode(*stage, hf::as_bytes("abc"));
  CHECK(seen.digest.bytes == 3);
  CHECK(seen.digest.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(seen.digest.xxh3.empty());
  seen.digest = {};
  decode(*stage, hf::as_bytes("abc"));
  CHECK(seen.digest.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(seen.calls == 2);
}

TEST_CASE("a hash stage computes XXH3-128 as xxh128sum prints it") {
  Seen seen;
  encode(*seen.stage(hf::HashKind::xxh3), {});
  CHECK(seen.digest.xxh3 == "99aa06d3014798d86001c324468d497f");
  CHECK(seen.digest.sha256.empty());
  CHECK(seen.digest.bytes == 0);
}

TEST_CASE("a hash does not depend on how the bytes were cut") {
  const Bytes plain = rows(100000, 1);
  for (const auto kind : {hf::HashKind::sha256, hf::HashKind::xxh3}) {
    Seen whole, pieces;
    encode(*whole.stage(kind), plain);
    Rng rng(2);
    Bytes out;
    const auto writer = pieces.stage(kind)->encode(hf::memory_writer(out));
    write_in_pieces(*writer, plain, rng, 999);
    writer->commit();
    CHECK(whole.digest.sha256 == pieces.digest.sha256);
    CHECK(whole.digest.xxh3 == pieces.digest.xxh3);
    CHECK(pieces.digest.bytes == plain.size());
  }
}

TEST_CASE("a stream without a commit has no hash") {
  Seen seen;
  const auto stage = seen.stage(hf::HashKind::sha256);
  {
    Bytes out;
    stage->encode(hf::memory_writer(out))->write(hf::as_bytes("abc"));
  }
  const auto failing = stage->encode(std::make_unique<FailingWriter>(1, hf::Error(hf::ErrorCode::io, "no")));
  failing->write(hf::as_bytes("abc"));
  CHECK_THROWS_AS(failing->commit(), hf::Error);
  CHECK(seen.calls == 0);
}
