#include "repository/audit/trail.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kFirstLook = 8;       // names; more only if none of these is a record of ours
constexpr unsigned kAuditReadsAtOnce = 16;  // small requests, mostly waiting

// Returns up to `limit` names under audit/, newest first.
std::vector<std::string> newest_names(Storage& storage, std::size_t limit) {
  std::vector<std::string> names;
  storage.list(kAuditPrefix, [&](const ObjectInfo& object) {
    names.push_back(object.name);
    return names.size() < limit;
  });
  return names;
}

Error no_signer() {
  return {ErrorCode::wrong_key,
          "the audit records are signed with a key that is not in the repository: lend its signer to this operation, too"};
}

Error other_signer(const std::string& theirs, const std::string& ours) {
  return {ErrorCode::wrong_key, "the audit records are signed with the key " + theirs + ", and this host signs with " + ours +
                                    ": lend the signer of the first key"};
}

void link(AuditRecord& record, std::uint64_t number, const std::optional<AuditRecord>& before, std::optional<AuditPolicy> change) {
  record.number = number;
  record.policy = change ? *change : before ? before->policy : AuditPolicy::off;
  record.previous = before ? before->number : 0;
  record.previous_sha256 = before ? before->sha256 : std::string(64, '0');
}

}  // namespace

std::shared_ptr<AuditSigner> AuditTrail::signer(const Context& context) const {
  if (context.host.audit_signer == nullptr) return codec_.own_signer();
  return {context.host.audit_signer, [](AuditSigner*) {}};  // borrowed
}

AuditRecord AuditTrail::read(const std::string& object) const { return codec_.open(object, get_object(storage_, object, kAuditLimit)); }

std::optional<AuditRecord> AuditTrail::remembered() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void AuditTrail::remember(const AuditRecord& record) {
  const std::lock_guard lock(mutex_);
  if (!newest_ || newest_->number < record.number) newest_ = record;
}

std::optional<AuditRecord> AuditTrail::head(const Context& context) {
  const std::optional<AuditRecord> known = remembered();
  std::string others;  // a key that is not ours
  for (std::size_t limit = kFirstLook;; limit *= kFirstLook) {
    const std::vector<std::string> names = newest_names(storage_, limit);
    if (names.empty()) return std::nullopt;
    const auto mine = signer(context);
    const std::string key = mine ? to_hex(mine->public_key()) : "";
    for (const std::string& name : names) {  // without a look at `stop`: a record of a cancelled operation matters, too
      if (known && known->public_key == key && audit_object(known->number) == name) return known;
      try {
        AuditRecord record = read(name);
        if (record.public_key == key) {
          remember(record);
          return record;
        }
        others = record.public_key;
      } catch (const Error& error) {
        // What does not open is nobody's record, and verify names it. Anything else may be the newest record.
        if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::not_found) throw;
      }
    }
    if (names.size() < limit) break;
  }
  if (others.empty()) return std::nullopt;
  const auto mine = signer(context);
  throw mine ? other_signer(others, to_hex(mine->public_key())) : no_signer();
}

bool AuditTrail::is_ours(std::uint64_t number, const std::string& public_key) const {
  try {
    return read(audit_object(number)).public_key == public_key;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;
    return false;
  }
}

AuditRecord AuditTrail::append(AuditRecord record, const Context& context, std::optional<AuditPolicy> change) {
  const auto mine = signer(context);
  if (!mine) throw no_signer();
  const std::string key = to_hex(mine->public_key());
  std::optional<AuditRecord> last = remembered();
  if (!last || last->public_key != key) last = head(context);
  for (std::uint64_t number = last ? last->number + 1 : 1;;) {
    link(record, number, last, change);
    const Bytes sealed = codec_.seal(record, *mine, *context.host.random);
    if (put_object(storage_, audit_object(number), sealed) == PutResult::created) {
      remember(record);
      return record;
    }
    if (is_ours(number, key)) {  // somebody else was first: continue from the newest record
      last = head(context);
      number = last ? last->number + 1 : number + 1;
    } else {
      ++number;  // junk took the name; everybody passes over it
    }
  }
}

std::vector<AuditObject> AuditTrail::read_all(const Context& context) const {
  // Somebody may expire records meanwhile. The checkpoint is put before the first removal, so another listing shows it.
  constexpr int kListings = 5;
  std::vector<AuditObject> objects;
  for (int listing = 0; listing < kListings; ++listing) {
    objects = read_listed(context);
    if (std::erase_if(objects, [](const AuditObject& object) { return !object.record && object.damage.empty(); }) == 0) break;
  }
  return objects;
}

// Leaves an object empty if it was removed since the listing.
std::vector<AuditObject> AuditTrail::read_listed(const Context& context) const {
  std::vector<ObjectInfo> listed = list_objects(storage_, kAuditPrefix);
  std::ranges::reverse(listed);
  std::ranges::stable_partition(listed, [](const ObjectInfo& object) { return !audit_number(object.name); });
  std::vector<AuditObject> objects(listed.size());
  parallel_for(listed.size(), kAuditReadsAtOnce, [&](std::size_t at) {
    context.check();
    AuditObject& object = objects[at];
    object.name = listed[at].name;
    try {
      if (!audit_number(object.name)) throw Error(ErrorCode::corrupt, object.name + ": is no name of an audit record");
      object.record = read(object.name);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) return;
      if (!is_unreadable(error)) throw;
      object.damage = error.message();
    }
  });
  return objects;
}

std::uint64_t AuditTrail::remove_before(std::uint64_t number, const Context& context) {
  std::vector<ObjectInfo> listed = list_objects(storage_, kAuditPrefix);
  std::ranges::reverse(listed);
  std::uint64_t removed = 0;
  for (const ObjectInfo& object : listed) {
    const auto its = audit_number(object.name);
    if (!its || *its >= number) continue;
    context.check();
    if (!remove_unless_locked(storage_, object.name)) ++removed;
  }
  return removed;
}

}  // namespace holdfast
