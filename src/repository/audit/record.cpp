#include "repository/audit/record.hpp"

#include <array>
#include <limits>

#include "base/digest.hpp"
#include "base/ed25519.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "holdfast/error.hpp"
#include "holdfast/transform.hpp"
#include "repository/format.hpp"

namespace holdfast {

namespace {

constexpr const char* kAuditDocument = "audit";
constexpr std::string_view kSignatureBegin = ",\n \"signature\": \"";
constexpr std::array kPolicies{AuditPolicy::off, AuditPolicy::best_effort, AuditPolicy::required};

void write_texts(JsonWriter& out, const char* name, const std::vector<std::string>& texts) {
  out.key(name);
  out.begin_array();
  for (const std::string& text : texts) out.value(to_utf8(text));
  out.end_array();
}

std::vector<std::string> read_texts(const Fields& fields, const char* name) {
  std::vector<std::string> texts;
  for (const auto& text : fields.array(name)) {
    if (!text.is_string()) fields.fail(std::string("member '") + name + "' holds something else than texts");
    texts.push_back(text.get_ref<const std::string&>());
  }
  return texts;
}

// In the order of docs/format.md, "Audit records".
void write_members(JsonWriter& out, const AuditRecord& record, Random& random) {
  Bytes nonce(16);
  random.fill(nonce);
  out.member("number", record.number);
  out.member("previous", record.previous);
  out.member("previous_sha256", record.previous_sha256);
  out.member("public_key", record.public_key);
  out.member("nonce", to_hex(nonce));
  out.member("time", format_time_micros(record.time));
  out.member("policy", to_string(record.policy));
  out.member("action", record.action);
  out.member("operation", record.operation);
  out.member("principal", to_utf8(record.principal));
  out.member("host", to_utf8(record.host));
  out.member("written_by", record.written_by);
  write_texts(out, "sources", record.sources);
  write_texts(out, "backups", record.backups);
  out.member("where", to_utf8(record.where));
  out.member("outcome", record.outcome);
  out.member("error", record.error);
  out.member("message", to_utf8(record.message));
  if (!record.checkpoint) return;
  out.member("kept_from", record.checkpoint->first);
  out.member("kept_previous", record.checkpoint->previous);
  out.member("kept_previous_sha256", record.checkpoint->previous_sha256);
}

AuditPolicy read_policy(const Fields& fields) {
  const std::string& text = fields.text("policy");
  for (const AuditPolicy policy : kPolicies) {
    if (to_string(policy) == text) return policy;
  }
  throw Error(ErrorCode::unsupported, fields.object() + ": has an audit policy that this holdfast does not know: use a newer one");
}

AuditRecord read_members(const Fields& fields) {
  AuditRecord record{.number = fields.number("number"),
                     .previous = fields.number("previous"),
                     .previous_sha256 = fields.hex("previous_sha256", 64),
                     .public_key = fields.hex("public_key", 64),
                     .time = fields.time("time"),
                     .policy = read_policy(fields),
                     .action = fields.text("action"),
                     .operation = fields.text("operation"),
                     .principal = fields.text("principal"),
                     .host = fields.text("host"),
                     .written_by = fields.text("written_by"),
                     .sources = read_texts(fields, "sources"),
                     .backups = read_texts(fields, "backups"),
                     .where = fields.text("where"),
                     .outcome = fields.text("outcome"),
                     .error = fields.text("error"),
                     .message = fields.text("message")};
  if (fields.has("kept_from"))
    record.checkpoint = {.first = fields.number("kept_from"),
                         .previous = fields.number("kept_previous"),
                         .previous_sha256 = fields.hex("kept_previous_sha256", 64)};
  if (record.previous >= record.number || audit_object(record.number) != fields.object()) fields.fail("has numbers that no record has");
  return record;
}

// The signature covers every byte before it. A line break inside a text is escaped, so the last place is the member's.
void check_signature(std::string_view text, const Fields& fields) {
  const std::size_t at = text.rfind(kSignatureBegin);
  const bool verifies =
      at != std::string_view::npos &&
      ed25519_verifies(from_hex(fields.hex("public_key", 64)), as_bytes(text.substr(0, at)), from_hex(fields.hex("signature", 128)));
  if (!verifies) fields.fail("is not signed with the key that it names");
}

// A signature that does not verify would make a record that counts for nothing.
Bytes signature_of(std::string_view text, const std::string& public_key, AuditSigner& signer) {
  Bytes signature = signer.sign(as_bytes(text));
  if (!ed25519_verifies(from_hex(public_key), as_bytes(text), signature))
    throw Error(ErrorCode::invalid_argument, "the signer of audit records returned a signature that its public key " + public_key +
                                                 " does not verify: check the signer");
  return signature;
}

// The hash that ends a document, which open_document() has checked.
std::string hash_in(std::string_view text) {
  constexpr std::size_t kHash = 64, kAfterIt = std::string_view("\"\n}\n").size();
  return std::string(text.substr(text.size() - kAfterIt - kHash, kHash));
}

class OwnSigner final : public AuditSigner {
 public:
  explicit OwnSigner(const Secret& key) : key_(key) {}
  Bytes public_key() const override { return key_.public_key(); }
  Bytes sign(ByteView message) override { return key_.sign(message); }

 private:
  Ed25519Key key_;
};

}  // namespace

std::string to_string(AuditPolicy policy) {
  switch (policy) {
    case AuditPolicy::off: return "off";
    case AuditPolicy::best_effort: return "best_effort";
    case AuditPolicy::required: return "required";
  }
  return "unknown";
}

AuditPolicy parse_audit_policy(std::string_view text) {
  for (const AuditPolicy policy : kPolicies) {
    if (to_string(policy) == text) return policy;
  }
  throw Error(ErrorCode::invalid_argument, "there is no audit policy '" + std::string(text) + "': use off, best_effort or required");
}

std::shared_ptr<AuditSigner> ed25519_signer(const Secret& private_key) { return std::make_shared<OwnSigner>(private_key); }

std::string audit_object(std::uint64_t number) {
  std::string digits(16, '0');
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max() - number;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, left >>= 4) *digit = "0123456789abcdef"[left & 15];
  return std::string(kAuditPrefix) + digits;
}

std::optional<std::uint64_t> audit_number(std::string_view object) {
  std::array<std::byte, 8> bytes{};
  if (!object.starts_with(kAuditPrefix) || object.size() != kAuditPrefix.size() + 16 ||
      !read_hex(object.substr(kAuditPrefix.size()), bytes.data()))
    return std::nullopt;
  std::uint64_t left = 0;
  for (const std::byte byte : bytes) left = left << 8 | std::to_integer<std::uint64_t>(byte);
  const std::uint64_t number = std::numeric_limits<std::uint64_t>::max() - left;
  return number == 0 ? std::nullopt : std::optional(number);
}

Bytes AuditCodec::seal(AuditRecord& record, AuditSigner& signer, Random& random) const {
  const std::string object = audit_object(record.number);
  record.public_key = to_hex(signer.public_key());
  JsonWriter document = begin_document(kAuditDocument, object, repository_id_);
  write_members(document, record, random);
  document.member("signature", to_hex(signature_of(document.text(), record.public_key, signer)));
  record.sha256 = sha256_hex(as_bytes(document.text()));
  const std::string text = seal_document(std::move(document));
  if (text.size() > kAuditLimit) throw Error(ErrorCode::limit, object + ": an audit record has at most 16 MiB");
  Bytes stored;
  std::unique_ptr<Writer> out = memory_writer(stored);
  if (key_) out = aes256gcm(*key_, associated_data(object), random)->encode(std::move(out));
  out->write(as_bytes(text));
  out->commit();
  return stored;
}

AuditRecord AuditCodec::open(const std::string& object, ByteView stored) const {
  Bytes plain;
  if (key_) {
    try {
      plain = read_all(*aes256gcm(*key_, associated_data(object))->decode(memory_reader(stored)), stored.size());
    } catch (const Error& error) {
      throw error.with_context(object);
    }
  }
  const std::string_view text = as_text(key_ ? ByteView(plain) : stored);
  const JsonTree members = open_document(text, object);
  const Fields fields(*members, object);
  check_document_header(fields, kAuditDocument);
  if (fields.hex("repository_id", 32) != repository_id_) fields.fail("is of another repository");
  check_signature(text, fields);
  AuditRecord record = read_members(fields);
  record.sha256 = hash_in(text);
  return record;
}

std::shared_ptr<AuditSigner> AuditCodec::own_signer() const {
  if (!key_) return nullptr;
  return ed25519_signer(hkdf_sha256(key_->bytes(), from_hex(repository_id_), "holdfast/audit/v1/sign", 32));
}

}  // namespace holdfast
