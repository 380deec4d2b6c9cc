#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/counts.hpp"
#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/mask.hpp"
#include "holdfast/option.hpp"

namespace holdfast {

/// One source of one backup, for reading. Copyable; safe from many threads; keeps its repository open.
class BackupView {
 public:
  using Opener = std::function<std::unique_ptr<Reader>(const EntryRecord&)>;
  BackupView(std::shared_ptr<const Manifest> manifest, std::uint32_t source, Opener opener)
      : manifest_(std::move(manifest)), source_(source), opener_(std::move(opener)) {}

  const Manifest& manifest() const noexcept { return *manifest_; }
  const SourceRecord& source() const { return manifest_->sources.at(source_); }
  /// Returns this source's entries in the order of their commits. The pointers live as long as the view.
  std::vector<const EntryRecord*> entries() const;
  /// Returns the entry with this name, or null.
  const EntryRecord* find(const std::string& name) const;
  /// Opens the plain bytes of an entry. Checks every hash during the read, at the latest when the reader reports the
  /// end.
  std::unique_ptr<Reader> open(const EntryRecord& entry) const { return opener_(entry); }

 private:
  std::shared_ptr<const Manifest> manifest_;
  std::uint32_t source_;
  Opener opener_;
};

/// Which parts of a source to include. Patterns are "schema.table", "schema.*" or "table" (any schema), with the
/// wildcards * and ?, and "double quotes" around a name to take literally. For files, see docs/files.md.
struct Selection {
  std::vector<std::string> include;  ///< empty = everything
  std::vector<std::string> exclude;
  bool empty() const noexcept { return include.empty() && exclude.empty(); }
};

struct RestoreOptions {
  /// Name, URI or number of the backup's source, as for source_index(). Empty: the only one, or the only one of the
  /// target's driver.
  std::string source;
  Selection selection;
  bool owner = true;       ///< restore ownership and grants (creates missing roles where allowed)
  bool privileges = true;  ///< restore grants, if `owner` is set, too
  /// Names that roles of the backup have at the target. Each must exist there.
  std::map<std::string, std::string> role_map;
  /// Do not trust the backup: fail, before anything is changed, if its code would get more privileges than its owners
  /// had.
  bool untrusted = false;
  /// All or nothing: fail if anything would be left out.
  bool strict = false;
  /// Resume a restore of the same backup that was interrupted and left its mark in the target.
  bool resume = false;
  /// Replace values on their way. Only for a target that masks(); others throw Error{unsupported}.
  std::optional<MaskOptions> mask;
  Options driver;  ///< options of the target's driver
};

/// An object that a restore could not bring back as it was. It cost no other object.
struct LeftOut {
  std::string object;     ///< "INDEX app.place_by_position", "rows of app.post"
  std::string statement;  ///< the statement that failed; empty for rows, and where it may contain a secret
  std::string reason;     ///< the target's own words
  std::string instead;    ///< what was restored in its place: "NOT VALID"; empty = nothing
};

/// For targets that know no roles: throws Error{unsupported} if the options say something about them.
void refuse_role_options(const RestoreOptions& options);

struct RestoreReport {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  ///< plain bytes written
  Counts counts;            ///< the driver's counts: for a database, tables and rows
  std::string where;        ///< for people: "database shop_copy on PostgreSQL 15.18"
  std::vector<std::string> warnings;
  std::vector<LeftOut> left_out;
  MaskReport mask;
};

/// A target of restores. Used by one thread. It may start its own threads and must join them before the return.
class Target {
 public:
  virtual ~Target() = default;
  /// Returns whether preflight() and restore() follow RestoreOptions::mask.
  virtual bool masks() const noexcept { return false; }
  /// Finds every reason why restore() would fail (version, mask, roles, extensions, not empty) before anything is
  /// changed. Throws Error.
  virtual void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) = 0;
  /// Restores, and compares the restored data with the recorded values. Reports the objects that the target refuses as
  /// left out, or throws for the first of them if the options are strict. Throws if the rest cannot be restored either;
  /// then marks the restored part as incomplete, if the target can hold a mark.
  virtual RestoreReport restore(const BackupView& backup, const RestoreOptions& options, Context& context) = 0;
};

}  // namespace holdfast
