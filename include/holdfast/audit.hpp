#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"
#include "holdfast/io.hpp"
#include "holdfast/operation.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/verify.hpp"

// The audit trail of a repository: a chain of signed records of who did what, when and from where. docs/audit.md says
// which operations leave records, and what `verify_audit` can find and what it can't. The host gives its principal, and
// if it wants its own signing key, in HostServices.

namespace holdfast {

struct Channel;  // notify.hpp

/// What the operations on a repository owe to its audit trail. Stored in the trail itself.
enum class AuditPolicy {
  off,          ///< no records
  best_effort,  ///< a record after each operation; if it can't be put, the operation succeeds with a warning
  required,     ///< a record before each operation, without which it does not begin, and one after it, without which it fails
};
std::string to_string(AuditPolicy policy);  ///< "off", "best_effort", "required"
/// Throws Error{invalid_argument}.
AuditPolicy parse_audit_policy(std::string_view text);

/// Signs audit records with a key that is not in the repository: then nobody who only has the repository's key can make
/// a record. Safe from any thread. A signature that its own public key does not verify is refused, and becomes no
/// record.
class AuditSigner {
 public:
  virtual ~AuditSigner() = default;
  /// The Ed25519 public key: 32 bytes, the same in each call.
  virtual Bytes public_key() const = 0;
  /// Returns the Ed25519 signature (RFC 8032) of the message: 64 bytes. Throws Error.
  virtual Bytes sign(ByteView message) = 0;
};
/// Returns a signer with this private key: 32 bytes, or PEM as `openssl genpkey -algorithm ed25519` writes it. Throws
/// Error{invalid_argument}.
std::shared_ptr<AuditSigner> ed25519_signer(const Secret& private_key);

/// One record of the trail.
struct AuditRecord {
  std::uint64_t number = 0;                   ///< from 1; a number may be left out
  std::string sha256;                         ///< of this record; the next one names it
  std::uint64_t previous = 0;                 ///< number of the record before it; 0 = this is the first
  std::string previous_sha256;                ///< hash of the record before it
  std::string public_key;                     ///< 64 hex digits: the key that signed it
  TimePoint time{};                           ///< by the host's clock
  AuditPolicy policy{};                       ///< in force from this record on
  std::string action;                         ///< "backup", "restore" …; docs/audit.md lists them
  std::string operation;                      ///< 12 hex digits, the same in both records of one operation
  std::string principal;                      ///< who: HostServices::principal
  std::string host;                           ///< from where: the name of the machine
  std::string written_by;                     ///< "holdfast 0.1.0"
  std::vector<std::string> sources, backups;  ///< as in OperationRecord
  std::string where;                          ///< as in OperationRecord
  std::string outcome;                        ///< to_string(Outcome); "running": the operation begins here
  std::string error;                          ///< name of the ErrorCode; empty = none
  std::string message;                        ///< of the error

  /// In records of `expire_audit`: older records than `first` were removed on purpose.
  struct Checkpoint {
    std::uint64_t first = 0;      ///< the oldest record that was kept
    std::uint64_t previous = 0;   ///< what `first` names as the record before it
    std::string previous_sha256;  ///< the same
  };
  std::optional<Checkpoint> checkpoint;
};

/// Returns the policy of the repository; `off` if it was never set. Throws Error{wrong_key} if the records are signed
/// with another key than this host's.
AuditPolicy audit_policy(Repository& repository, Context& context);
/// Records the new policy; from then on it applies to every host. The first call decides which key signs: the host's
/// (`HostServices::audit_signer`), else the repository's own. Throws Error{invalid_state} for a repository without
/// encryption if the host lends no signer, Error{unsupported} for a storage on which two writers can't be told apart
/// (`StorageCaps::atomic_create`), Error{wrong_key} as above.
void set_audit_policy(Repository& repository, AuditPolicy policy, Context& context);

/// Returns all records that open, oldest first. Warns of each object that does not. Checks no chain.
std::vector<AuditRecord> audit_records(Repository& repository, Context& context);

struct AuditCheckOptions {
  std::string anchor;      ///< texts of make_audit_anchor(), one after another; empty = none
  std::string public_key;  ///< 64 hex digits; empty = the newest anchor's, else the host's, else the repository's own
};

struct AuditReport {
  std::uint64_t records = 0;  ///< that belong to the chain
  std::uint64_t first = 0;    ///< number of the oldest of them; 0 = there are none
  std::uint64_t last = 0;     ///< number of the newest
  std::uint64_t expired = 0;  ///< records that a checkpoint removed and that are still there, for example locked ones
  std::string sha256;         ///< of the newest
  std::string public_key;     ///< the key that all records must be signed with
  bool key_known = false;     ///< false: only the records themselves name that key; give it to be sure
  bool anchored = false;      ///< false: no anchor was given; nobody can tell whether newer records were removed
  std::vector<Fault> faults;  ///< named by object and number

  bool ok() const noexcept { return faults.empty(); }
};

/// Checks every record and the chain. Finds records that were edited, removed, reordered, replayed or forked. Removal
/// of the newest records is found with an anchor only. Throws Error{invalid_argument} for a text that is no anchor of
/// this repository.
AuditReport verify_audit(Repository& repository, const AuditCheckOptions& options, Context& context);

/// Returns a short text that names the newest record: keep it where nobody who may remove objects can change it. Throws
/// Error{not_found} if there is no record. The `ended` event of each audited operation has the same facts in its
/// fields, `audit_record` and `audit_sha256`, for hosts that send them elsewhere.
std::string make_audit_anchor(Repository& repository, Context& context);

/// Sends that text over one channel and returns it, in one attempt that ends within the channel's timeout. A webhook
/// posts JSON with the anchor's parts (docs/audit.md), signed as notices are, unless the channel has a body of its own;
/// other channels send the text. Throws Error if the receiver does not accept it.
std::string send_audit_anchor(Repository& repository, const Channel& channel, Context& context);

/// Puts that text on a storage other than the repository's and returns it, as an object that is never overwritten; if
/// the storage locks objects, it is locked. Does nothing but renew the lock if the same anchor is there. Throws
/// Error{conflict} if an anchor of another record with that number is there: then somebody set the repository back.
std::string put_audit_anchor(Repository& repository, Storage& storage, Context& context);
/// Returns the texts of all anchors of this repository on such a storage, oldest first; empty = there are none.
std::string read_audit_anchors(Repository& repository, Storage& storage, Context& context);

/// Removes the records from before that time, from the oldest on, after it put a record with a checkpoint that says
/// so. Never removes the newest. Returns how many it removed; locked ones stay. Throws Error{corrupt} and removes
/// nothing if verify_audit() finds faults, so that nobody can hide them in this way.
std::uint64_t expire_audit(Repository& repository, TimePoint before, Context& context);

enum class AuditFormat {
  json_lines,  ///< one object per line
  csv,         ///< RFC 4180 with a header; texts that a spreadsheet would run as formulas begin with '
  cef,         ///< ArcSight Common Event Format, one event per line
};
/// Throws Error{invalid_argument}. "jsonl", "csv", "cef".
AuditFormat parse_audit_format(std::string_view text);
/// Writes the records. Does not commit.
void export_audit(const std::vector<AuditRecord>& records, AuditFormat format, Writer& out);

std::string to_json(const AuditRecord& record);  ///< one line
std::string to_json(const AuditReport& report);  ///< one line

}  // namespace holdfast
