#pragma once

#include <string>

#include "holdfast/verify.hpp"
#include "repository/plain/place.hpp"
#include "repository/proof.hpp"

namespace holdfast {

void write_proof(const PlainPlace& place, const VerifyReport& report, const std::string& manifest_sha256, const Context& context);
/// Both throw Error{corrupt} that names `object`.
Proof open_proof(const PlainPlace& place, const std::string& object, ByteView stored);
Proof read_proof(const PlainPlace& place, const std::string& object);

}  // namespace holdfast
