#include "repository/packed/packed_proofs.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/cbor.hpp"

namespace holdfast {

void write_packed_proof(const PackedPlace& place, const VerifyReport& report, const Hash& record_sha256, const Context& context) {
  Proof proof{.id = report.id, .level = level_of(report), .time = context.now(), .manifest_sha256 = to_hex(record_sha256)};
  for (;; proof.time += std::chrono::microseconds(1)) {  // somebody else proved the same at the same moment
    const std::string object = proof_name(proof);
    const nlohmann::json members{{"id", proof.id},
                                 {"level", to_string(proof.level)},
                                 {"time", to_micros(proof.time)},
                                 {"written_by", written_by()},
                                 {"sha256", to_binary(record_sha256)},
                                 {"objects", report.objects},
                                 {"bytes", report.bytes},
                                 {"tables", report.proof.counts.of("tables")},
                                 {"rows", report.proof.counts.of("rows")},
                                 {"where", report.proof.where}};
    if (place.storage().put_new(object, place.seal(ObjectClass::proof, object, members, *context.random)) == PutResult::created) return;
  }
}

Proof read_packed_proof(const PackedPlace& place, const std::string& object) {
  return open_packed_proof(place, object, get_object(place.storage(), object, kProofLimit));
}

Proof open_packed_proof(const PackedPlace& place, const std::string& object, ByteView stored) {
  const nlohmann::json members = place.unseal(ObjectClass::proof, object, stored);
  const Fields fields(members, object);
  Proof proof{.id = fields.text("id"), .time = fields.micros("time"), .manifest_sha256 = to_hex(fields.bytes("sha256", 32))};
  try {
    proof.level = parse_proof_level(fields.text("level"));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::corrupt) throw;
    fields.fail("has an unknown level");
  }
  if (!is_packed_id(proof.id) || proof_name(proof) != object) fields.fail("does not say what its name says");
  return proof;
}

}  // namespace holdfast
