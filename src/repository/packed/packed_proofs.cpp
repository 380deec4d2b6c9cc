#include "repository/packed/packed_proofs.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/cbor.hpp"

namespace holdfast {

namespace {

Bytes encode_proof(const Proof& proof, const VerifyReport& report, const Hash& record_sha256) {
  CborWriter out;
  out.map(10).key("bytes").number(report.bytes).key("id").text(proof.id).key("level").text(to_string(proof.level));
  out.key("objects").number(report.objects).key("rows").number(report.proof.counts.of("rows")).key("sha256").bytes(record_sha256);
  out.key("tables").number(report.proof.counts.of("tables")).key("time").time(proof.time);
  out.key("where").text(report.proof.where).key("written_by").text(written_by());
  return std::move(out).finish();
}

}  // namespace

void write_packed_proof(const PackedPlace& place, const VerifyReport& report, const Hash& record_sha256, const Context& context) {
  Proof proof{.id = report.id, .level = level_of(report), .time = context.now(), .manifest_sha256 = to_hex(record_sha256)};
  for (;; proof.time += std::chrono::microseconds(1)) {  // somebody else may prove the same at the same moment
    const std::string object = proof_name(proof);
    const Bytes sealed = place.seal(ObjectClass::proof, object, encode_proof(proof, report, record_sha256), *context.host.random);
    if (place.storage().put_new(object, sealed) == PutResult::created) return;
  }
}

Proof read_packed_proof(const PackedPlace& place, const std::string& object) {
  return open_packed_proof(place, object, get_object(place.storage(), object, kProofLimit));
}

Proof open_packed_proof(const PackedPlace& place, const std::string& object, ByteView stored) {
  const Bytes content = place.unseal(ObjectClass::proof, object, stored);
  const CborMap fields(content, object);
  Proof proof{.id = fields.at("id").text(), .time = fields.at("time").time(), .manifest_sha256 = to_hex(fields.at("sha256").bytes(32))};
  try {
    proof.level = parse_proof_level(fields.at("level").text());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::corrupt) throw;
    fields.fail("has an unknown level");
  }
  if (!is_packed_id(proof.id) || proof_name(proof) != object) fields.fail("does not match its name");
  return proof;
}

}  // namespace holdfast
