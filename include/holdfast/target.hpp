#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/counts.hpp"
#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/option.hpp"

namespace holdfast {

/// One source of one backup, to read from. Copyable; safe from many threads; keeps its repository open.
class BackupView {
 public:
  using Opener = std::function<std::unique_ptr<Reader>(const EntryRecord&)>;
  BackupView(std::shared_ptr<const Manifest> manifest, std::uint32_t source, Opener opener)
      : manifest_(std::move(manifest)), source_(source), opener_(std::move(opener)) {}

  const Manifest& manifest() const noexcept { return *manifest_; }
  const SourceRecord& source() const { return manifest_->sources.at(source_); }
  /// This source's entries, in the order they were committed. Pointers live as long as the view.
  std::vector<const EntryRecord*> entries() const;
  /// The entry of that name, or null.
  const EntryRecord* find(const std::string& name) const;
  /// The plain bytes of an entry; every hash is checked on the way, at the latest when the reader says it ended.
  std::unique_ptr<Reader> open(const EntryRecord& entry) const { return opener_(entry); }

 private:
  std::shared_ptr<const Manifest> manifest_;
  std::uint32_t source_;
  Opener opener_;
};

/// Which parts of a source are meant. Patterns are "schema.table" or "schema.*" or "table" (any schema) with the wildcards * and ?,
/// and "double quotes" for a name taken as it stands; of files: docs/files.md.
struct Selection {
  std::vector<std::string> include;  ///< empty = everything
  std::vector<std::string> exclude;
  bool empty() const noexcept { return include.empty() && exclude.empty(); }
};

struct RestoreOptions {
  Selection selection;
  bool owner = true;  ///< restore ownership and grants (creates missing roles where allowed)
  /// The backup is not trusted: fail, before anything is touched, where its code would get more power than its owners had.
  bool untrusted = false;
  Options driver;  ///< options of the target's driver
};

struct RestoreReport {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  ///< plain bytes written
  Counts counts;            ///< the driver's: a database's tables and rows
  std::string where;        ///< for people: "database shop_copy on PostgreSQL 15.18"
  std::vector<std::string> warnings;
};

/// Something a backup can be restored into. Used by one thread; may start its own, all joined on return.
class Target {
 public:
  virtual ~Target() = default;
  /// Finds every reason why restore() would fail (version, roles, extensions, not empty) before anything is touched. Throws Error.
  virtual void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) = 0;
  /// Restores and compares what arrived with what was recorded. Throws on the first failure; what is there then is marked incomplete
  /// where the target can hold a mark.
  virtual RestoreReport restore(const BackupView& backup, const RestoreOptions& options, Context& context) = 0;
};

}  // namespace holdfast
