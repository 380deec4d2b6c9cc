#pragma once

#include <string>

#include "repository/packed/pack.hpp"
#include "repository/packed/packed_place.hpp"
#include "repository/proof.hpp"

namespace holdfast {

void write_packed_proof(const PackedPlace& place, const VerifyReport& report, const Hash& record_sha256, const Context& context);
/// Both throw Error{corrupt} that names `object`.
Proof open_packed_proof(const PackedPlace& place, const std::string& object, ByteView stored);
Proof read_packed_proof(const PackedPlace& place, const std::string& object);

}  // namespace holdfast
