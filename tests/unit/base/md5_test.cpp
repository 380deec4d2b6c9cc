#include "base/md5.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"

namespace hf = holdfast;

TEST_CASE("MD5 follows RFC 1321, also in pieces") {
  CHECK(hf::to_hex(hf::md5({})) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hf::to_hex(hf::md5(hf::as_bytes("message digest"))) == "f96b697d7cb7938d525a2f31aaf161d0");
  hf::Md5 pieces;
  pieces.update(hf::as_bytes("message "));
  pieces.update({});
  pieces.update(hf::as_bytes("digest"));
  CHECK(hf::to_hex(pieces.finish()) == "f96b697d7cb7938d525a2f31aaf161d0");
}
