#include "repository/plain/proofs.hpp"
#include "repository/format.hpp"

#include <algorithm>

#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/plain/objects.hpp"

namespace holdfast {

namespace {

std::string proof_object(const PlainPlace& place, const Proof& proof) { return place.stored_name(proof_name(proof) + ".json"); }

}  // namespace

void write_proof(const PlainPlace& place, const VerifyReport& report, const std::string& manifest_sha256, const Context& context) {
  Proof proof{.id = report.id, .level = level_of(report), .time = context.now(), .manifest_sha256 = manifest_sha256};
  for (;; proof.time += std::chrono::microseconds(1)) {  // somebody else may prove the same at the same moment
    const std::string object = proof_object(place, proof);
    JsonWriter document = place.begin("proof", object);
    document.member("id", proof.id);
    document.member("level", to_string(proof.level));
    document.member("time", format_time_micros(proof.time));
    document.member("written_by", written_by());
    document.member("manifest_sha256", manifest_sha256);
    document.member("objects", report.objects);
    document.member("bytes", report.bytes);
    document.member("tables", report.proof.counts.of("tables"));
    document.member("rows", report.proof.counts.of("rows"));
    document.member("where", report.proof.where);
    const Bytes stored = place.seal(object, std::move(document), *context.host.random);
    if (place.storage().put_new(object, stored) == PutResult::created) return;
  }
}

Proof read_proof(const PlainPlace& place, const std::string& object) { return open_proof(place, object, place.get(object, kProofLimit)); }

Proof open_proof(const PlainPlace& place, const std::string& object, ByteView stored) {
  const JsonTree members = place.unseal("proof", object, stored);
  const Fields fields(*members, object);
  Proof proof{.id = fields.text("id"), .time = fields.time("time"), .manifest_sha256 = fields.hex("manifest_sha256", 64)};
  try {
    proof.level = parse_proof_level(fields.text("level"));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::corrupt) throw;
    fields.fail("has an unknown level");
  }
  if (!is_backup_id(proof.id) || proof_object(place, proof) != object) fields.fail("does not match its name");
  return proof;
}

}  // namespace holdfast
