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
    const DocumentJson members{{"id", proof.id},
                               {"level", to_string(proof.level)},
                               {"time", format_time_micros(proof.time)},
                               {"written_by", written_by()},
                               {"manifest_sha256", manifest_sha256},
                               {"objects", report.objects},
                               {"bytes", report.bytes},
                               {"tables", report.proof.counts.of("tables")},
                               {"rows", report.proof.counts.of("rows")},
                               {"where", report.proof.where}};
    if (place.storage().put_new(object, place.seal("proof", object, members, *context.host.random)) == PutResult::created) return;
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
