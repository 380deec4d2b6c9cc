#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"
#include "repository/audit/record.hpp"

namespace holdfast {

/// An object under `audit/`.
struct AuditObject {
  std::string name;
  std::optional<AuditRecord> record;  ///< none if it does not open
  std::string damage;                 ///< then the reason
};

/// The audit records of one repository on its storage. Any number of processes may append at once: the storage decides
/// who gets a number, and everybody else continues from that record. Safe from many threads.
class AuditTrail {
 public:
  /// `key` as for AuditCodec. Borrows the storage.
  AuditTrail(Storage& storage, const std::string& repository_id, std::optional<Secret> key)
      : storage_(storage), codec_(repository_id, std::move(key)) {}

  /// Returns the newest record that this host's key signed; none if there is no record. Throws Error{wrong_key} if
  /// other keys signed all records.
  std::optional<AuditRecord> head(const Context& context);
  /// Puts the record as the next one; sets its number, links, hash and key. Its policy is the one before it, unless it
  /// changes that. Returns it when it is durable.
  AuditRecord append(AuditRecord record, const Context& context, std::optional<AuditPolicy> change = std::nullopt);

  /// Reads everything under `audit/`, oldest first; names that no record has come first.
  std::vector<AuditObject> read_all(const Context& context) const;
  /// Removes the records before that number, oldest first, except locked ones. Returns how many.
  std::uint64_t remove_before(std::uint64_t number, const Context& context);

  Storage& storage() const noexcept { return storage_; }
  /// Returns the host's signer, or the repository's own; null if there is neither.
  std::shared_ptr<AuditSigner> signer(const Context& context) const;
  std::shared_ptr<AuditSigner> own_signer() const { return codec_.own_signer(); }

 private:
  AuditRecord read(const std::string& object) const;
  std::vector<AuditObject> read_listed(const Context& context) const;
  /// Returns whether the object of that number is a record of ours. What does not open is nobody's record.
  bool is_ours(std::uint64_t number, const std::string& public_key) const;
  std::optional<AuditRecord> remembered() const;
  void remember(const AuditRecord& record);

  Storage& storage_;
  AuditCodec codec_;
  mutable std::mutex mutex_;
  std::optional<AuditRecord> newest_;  // that this process has seen; under mutex_
};

}  // namespace holdfast
