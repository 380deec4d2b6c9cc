#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/audit.hpp"
#include "holdfast/random.hpp"

namespace holdfast {

constexpr std::string_view kAuditPrefix = "audit/";
constexpr std::uint64_t kAuditLimit = 16U << 20;

/// Returns the name of the record of that number. It counts down, so that a listing begins with the newest record.
std::string audit_object(std::uint64_t number);
/// Returns the number in a record's name; none for any other name.
std::optional<std::uint64_t> audit_number(std::string_view object);

/// How the audit records of one repository are stored (docs/format.md, "Audit records"). Immutable; safe from any
/// thread.
class AuditCodec {
 public:
  /// `key` seals the records; none in a repository without encryption.
  AuditCodec(std::string repository_id, std::optional<Secret> key) : repository_id_(std::move(repository_id)), key_(std::move(key)) {}

  /// Signs the record and returns the bytes to store under audit_object(record.number). Sets `sha256` and `public_key`.
  Bytes seal(AuditRecord& record, AuditSigner& signer, Random& random) const;
  /// Returns the record of a stored object, signed with whatever key it names. Throws Error{corrupt} that names the
  /// object, Error{unsupported} for a record of a newer version.
  AuditRecord open(const std::string& object, ByteView stored) const;
  /// Returns the signer that every client with the repository's key has; null without encryption.
  std::shared_ptr<AuditSigner> own_signer() const;

  const std::string& repository_id() const noexcept { return repository_id_; }

 private:
  std::string associated_data(const std::string& object) const { return repository_id_ + "\n" + object; }

  std::string repository_id_;
  std::optional<Secret> key_;
};

}  // namespace holdfast
