#include "repository/plain/proofs.hpp"
#include "repository/format.hpp"

#include <algorithm>

#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/plain/objects.hpp"

namespace holdfast {

namespace {

FailedProof failure_in(const Fields& fields, TimePoint time) {
  FailedProof failed{.time = time, .level = level_named(fields.text("wanted"), fields), .faults = fields.number("faults")};
  for (const auto& fault : fields.array("first")) {
    if (!fault.is_string()) fields.fail("has a fault that is not a text");
    failed.first.push_back(fault.get<std::string>());
  }
  return failed;
}

void write_failure(JsonWriter& document, const FailedProof& failed) {
  document.member("wanted", to_string(failed.level));
  document.member("faults", failed.faults);
  document.key("first");
  document.begin_array();
  for (const std::string& fault : failed.first) document.value(fault);
  document.end_array();
}

std::string proof_object(const PlainPlace& place, const Proof& proof) { return place.stored_name(proof_name(proof) + ".json"); }

}  // namespace

void write_proof(const PlainPlace& place, const VerifyReport& report, const std::string& manifest_sha256, const Context& context) {
  Proof proof = proof_of(report, manifest_sha256, context.now());
  for (;; proof.time += std::chrono::microseconds(1)) {  // somebody else may prove the same at the same moment
    const std::string object = proof_object(place, proof);
    JsonWriter document = place.begin("proof", object);
    document.member("id", proof.id);
    document.member("level", outcome_of(proof));
    document.member("time", format_time_micros(proof.time));
    document.member("written_by", written_by());
    document.member("manifest_sha256", manifest_sha256);
    document.member("objects", report.objects);
    document.member("bytes", report.bytes);
    document.member("tables", report.proof.counts.of("tables"));
    document.member("rows", report.proof.counts.of("rows"));
    document.member("where", report.proof.where);
    if (proof.failed) write_failure(document, *proof.failed);
    const Bytes stored = place.seal(object, std::move(document), *context.host.random);
    if (place.storage().put_new(object, stored) == PutResult::created) return;
  }
}

Proof read_proof(const PlainPlace& place, const std::string& object) { return open_proof(place, object, place.get(object, kProofLimit)); }

Proof open_proof(const PlainPlace& place, const std::string& object, ByteView stored) {
  const JsonTree members = place.unseal("proof", object, stored);
  const Fields fields(*members, object);
  Proof proof{.id = fields.text("id"), .time = fields.time("time"), .manifest_sha256 = fields.hex("manifest_sha256", 64)};
  if (fields.text("level") == kFailed) {
    proof.failed = failure_in(fields, proof.time);
  } else {
    proof.level = level_named(fields.text("level"), fields);
  }
  if (!is_backup_id(proof.id) || proof_object(place, proof) != object) fields.fail("does not match its name");
  return proof;
}

}  // namespace holdfast
