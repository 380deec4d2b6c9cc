#include "holdfast/audit.hpp"

#include <algorithm>
#include <iterator>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "operations/audited.hpp"
#include "operations/recorded.hpp"
#include "repository/audit/chain.hpp"
#include "repository/doubts.hpp"
#include "repository/layout.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

namespace {

AuditTrail& trail_of(Repository& repository) { return repository.layout().audit_trail(); }

void require_auditable(const AuditTrail& trail, const RepositoryInfo& info, const Context& context) {
  if (!trail.storage().caps().atomic_create)
    throw Error(ErrorCode::unsupported, info.uri + " can't be audited: its storage does not tell two writers of one name apart");
  if (!trail.signer(context))
    throw Error(ErrorCode::invalid_state,
                info.uri + " is not encrypted, so it has no secret key to sign audit records with: lend a signer");
}

/// The key that all records must be signed with, and whether the records themselves are the only ones that say so.
struct ExpectedKey {
  std::string public_key;
  bool known = true;
};

bool is_public_key(const std::string& text) {
  Bytes key(32);
  return text.size() == 64 && read_hex(text, key.data());
}

ExpectedKey expected_key(const AuditTrail& trail, const std::vector<AuditObject>& objects, const std::string& given,
                         const std::vector<AuditAnchor>& anchors, const Context& context) {
  if (!given.empty()) {
    if (!is_public_key(given)) throw Error(ErrorCode::invalid_argument, "an Ed25519 public key has 64 hex digits");
    return {given};
  }
  if (!anchors.empty()) return {anchors.back().public_key};
  if (context.host.audit_signer != nullptr) return {to_hex(context.host.audit_signer->public_key())};
  const auto first = std::ranges::find_if(objects, [](const AuditObject& object) { return object.record.has_value(); });
  const auto own = trail.own_signer();
  const std::string own_key = own ? to_hex(own->public_key()) : "";
  if (first == objects.end() || first->record->public_key == own_key) return {own_key, own != nullptr};
  return {first->record->public_key, false};
}

AuditReport check_trail(Repository& repository, const AuditCheckOptions& options, const Context& context) {
  const std::vector<AuditAnchor> anchors = split_audit_anchors(options.anchor, repository.info());
  const AuditTrail& trail = trail_of(repository);
  const std::vector<AuditObject> objects = trail.read_all(context);
  const ExpectedKey key = expected_key(trail, objects, options.public_key, anchors, context);
  AuditReport report = check_chain(objects, key.public_key, anchors);
  report.key_known = key.known;
  return report;
}

/// Returns what to keep: the records from the first one that is not before that time, or the newest. None: all. One
/// that a wrong clock dated in the future does not keep the old ones after it.
std::optional<AuditRecord::Checkpoint> kept_from(const std::vector<AuditObject>& chain, TimePoint before, TimePoint now) {
  auto first = chain.begin();
  for (auto at = chain.begin(); at != chain.end(); ++at) {
    if (at->record->time < before) {
      first = std::next(at);
    } else if (!is_in_future(at->record->time, now)) {
      break;
    }
  }
  if (first == chain.begin()) return std::nullopt;
  const AuditRecord& kept = first == chain.end() ? *chain.back().record : *first->record;
  return AuditRecord::Checkpoint{kept.number, kept.previous, kept.previous_sha256};
}

}  // namespace

AuditPolicy audit_policy(Repository& repository, Context& context) {
  const auto head = trail_of(repository).head(context);
  return head ? head->policy : AuditPolicy::off;
}

void set_audit_policy(Repository& repository, AuditPolicy policy, Context& context) {
  recorded(context, "set_audit_policy", repository.layout(), kUntraced, [&](OperationRecord&) {
    AuditTrail& trail = trail_of(repository);
    require_auditable(trail, repository.info(), context);
    const auto head = trail.head(context);
    if ((head ? head->policy : AuditPolicy::off) == policy) return;
    AuditRecord record = new_audit_record(context, "set_audit_policy");
    record.outcome = to_string(Outcome::succeeded);
    trail.append(std::move(record), context, policy);
  });
}

std::vector<AuditRecord> audit_records(Repository& repository, Context& context) {
  Doubts doubts(context);
  std::vector<AuditRecord> records;
  for (AuditObject& object : trail_of(repository).read_all(context)) {
    if (object.record)
      records.push_back(std::move(*object.record));
    else
      doubts.tell(object.name, Error(ErrorCode::corrupt, object.damage));
  }
  return records;
}

AuditReport verify_audit(Repository& repository, const AuditCheckOptions& options, Context& context) {
  return recorded(context, "verify_audit", repository.layout(), kUntraced, [&](OperationRecord& record) {
    AuditReport report = check_trail(repository, options, context);
    if (!report.ok()) record.outcome = Outcome::faults;
    record.counts = {{"records", report.records}, {"faults", report.faults.size()}};
    return report;
  });
}

std::uint64_t expire_audit(Repository& repository, TimePoint before, Context& context) {
  return recorded(context, "expire_audit", repository.layout(), kUntraced, [&](OperationRecord& record) {
    AuditTrail& trail = trail_of(repository);
    const auto head = trail.head(context);
    if (!head) return std::uint64_t{0};
    std::vector<AuditObject> objects = trail.read_all(context);
    const AuditReport report = check_chain(objects, head->public_key, {});
    if (!report.ok())
      throw Error(ErrorCode::corrupt, "no audit record is removed, because the trail has faults: " + report.faults.front().object + ": " +
                                          report.faults.front().what);
    // Those from before `first` expired earlier, and are still there.
    std::erase_if(objects, [&](const AuditObject& object) { return object.record->number < report.first; });
    std::uint64_t kept = report.first;
    if (const auto checkpoint = kept_from(objects, before, context.now())) {
      AuditRecord expiry = new_audit_record(context, "expire_audit");
      expiry.outcome = to_string(Outcome::succeeded);
      expiry.checkpoint = checkpoint;
      kept = checkpoint->first;
      with_reserve(trail.storage(), context, [&] { trail.append(expiry, context); });
    }
    const std::uint64_t removed = trail.remove_before(kept, context);
    record.counts = {{"removed", removed}};
    return removed;
  });
}

}  // namespace holdfast
