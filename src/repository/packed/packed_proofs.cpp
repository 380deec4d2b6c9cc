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
  out.map(proof.failed ? 13 : 10).key("bytes").number(report.bytes);
  if (proof.failed) {
    out.key("faults").number(proof.failed->faults).key("first").list(proof.failed->first.size());
    for (const std::string& fault : proof.failed->first) out.text(fault);
  }
  out.key("id").text(proof.id).key("level").text(outcome_of(proof));
  out.key("objects").number(report.objects).key("rows").number(report.proof.counts.of("rows")).key("sha256").bytes(record_sha256);
  out.key("tables").number(report.proof.counts.of("tables")).key("time").time(proof.time);
  if (proof.failed) out.key("wanted").text(to_string(proof.failed->level));
  out.key("where").text(report.proof.where).key("written_by").text(written_by());
  return std::move(out).finish();
}

FailedProof failure_in(const CborMap& fields, TimePoint time) {
  FailedProof failed{.time = time, .level = level_named(fields.at("wanted").text(), fields), .faults = fields.at("faults").number()};
  for (CborList first = fields.at("first").list(); first.left() > 0;) failed.first.push_back(first.next().text());
  return failed;
}

}  // namespace

void write_packed_proof(const PackedPlace& place, const VerifyReport& report, const Hash& record_sha256, const Context& context) {
  Proof proof = proof_of(report, to_hex(record_sha256), context.now());
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
  if (fields.at("level").text() == kFailed) {
    proof.failed = failure_in(fields, proof.time);
  } else {
    proof.level = level_named(fields.at("level").text(), fields);
  }
  if (!is_packed_id(proof.id) || proof_name(proof) != object) fields.fail("does not match its name");
  return proof;
}

}  // namespace holdfast
