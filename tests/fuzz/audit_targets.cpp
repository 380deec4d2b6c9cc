// Audit records, signed and hashed again around changed JSON; anchors; sealed secrets and tokens of hosts.
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "fuzz/target.hpp"
#include "holdfast/envelope.hpp"
#include "repository/audit/chain.hpp"
#include "support/packed_keys.hpp"
#include "support/simulator.hpp"

namespace holdfast::fuzz {

namespace {

const std::string kAuditObject = audit_object(2);
constexpr std::string_view kSignature = ",\n \"signature\": \"";

std::shared_ptr<AuditSigner> fuzz_signer() { return ed25519_signer(Secret(std::string(32, 's'))); }

AuditRecord sample_record() {
  AuditRecord record;
  record.number = 2;
  record.previous = 1;
  record.previous_sha256 = std::string(64, 'a');
  record.action = "remove";
  record.outcome = "succeeded";
  record.backups = {"backup_20261120_180411"};
  record.checkpoint = {.first = 2, .previous = 1, .previous_sha256 = std::string(64, 'a')};
  return record;
}

Bytes signed_again(ByteView body) {
  std::string text(as_text(body));
  text += std::string(kSignature) + to_hex(fuzz_signer()->sign(body)) + "\"";
  text += ",\n \"sha256\": \"" + sha256_hex(as_bytes(text)) + "\"\n}\n";
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void run_record(ByteView input) {
  const AuditCodec codec(test::kRepositoryId, std::nullopt);
  const AuditRecord record = codec.open(kAuditObject, signed_again(input));
  check_chain({{kAuditObject, record, ""}}, record.public_key, {{3, std::string(64, 'b'), record.public_key}});
  Bytes out;
  for (const AuditFormat format : {AuditFormat::json_lines, AuditFormat::csv, AuditFormat::cef})
    export_audit({record}, format, *memory_writer(out));
}

std::vector<Bytes> record_seeds() {
  test::SeededRandom random(1);
  AuditRecord record = sample_record();
  const Bytes stored = AuditCodec(test::kRepositoryId, std::nullopt).seal(record, *fuzz_signer(), random);
  const std::string_view text = as_text(stored);
  const ByteView body = as_bytes(text.substr(0, text.rfind(kSignature)));
  return {Bytes(body.begin(), body.end())};
}

Bytes bytes_of_text(const std::string& text) {
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void run_anchor(ByteView input) { read_audit_anchor(as_text(input), {.uri = "test:", .id = test::kRepositoryId}); }
std::vector<Bytes> anchor_seeds() {
  return {bytes_of_text(anchor_text({7, std::string(64, 'a'), std::string(64, 'b')}, test::kRepositoryId))};
}

Envelope fuzz_envelope() { return Envelope({{"k", Secret(std::string(32, 'k'))}}); }
Fernet fuzz_fernet() { return Fernet({Secret(std::string_view("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="))}); }

void run_sealed(ByteView input) {
  may_refuse([&] { fuzz_envelope().open(as_text(input), "purpose"); });
  may_refuse([&] { fuzz_fernet().open(as_text(input), Fernet::Age{.ttl = std::chrono::seconds(60), .now = TimePoint()}); });
}
std::vector<Bytes> sealed_seeds() {
  test::SeededRandom random(1);
  return {bytes_of_text(fuzz_envelope().seal(as_bytes("hunter2"), "purpose", random)),
          bytes_of_text(fuzz_fernet().seal(as_bytes("hunter2"), TimePoint(), random))};
}

}  // namespace

std::vector<FuzzTarget> audit_targets() {
  return {
      {"audit-record", run_record, record_seeds}, {"audit-anchor", run_anchor, anchor_seeds}, {"sealed-secret", run_sealed, sealed_seeds}};
}

}  // namespace holdfast::fuzz
