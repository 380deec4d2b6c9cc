#include "base/md5.hpp"

#include "base/evp_digest.hpp"

namespace holdfast {

struct Md5::State : EvpDigest {
  State() : EvpDigest(EVP_md5(), "MD5") {}
};

Md5::Md5() : state_(std::make_unique<State>()) {}
Md5::~Md5() = default;

void Md5::update(ByteView bytes) { state_->update(bytes); }

Bytes Md5::finish() { return state_->finish(); }

Bytes md5(ByteView bytes) {
  Md5 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace holdfast
