#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/counts.hpp"
#include "holdfast/finding.hpp"
#include "holdfast/mask.hpp"
#include "holdfast/option.hpp"
#include "holdfast/source.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

/// A format that standard tools read, for exports.
struct ExportFormat {
  std::string name;  ///< "sql"
  std::string help;
};

struct ExportOptions {
  std::string format;  ///< name of one of the driver's formats; empty = its first
  Selection selection;
  std::optional<MaskOptions> mask;  ///< replace values on their way; only for a driver with the ability `masking`
  Options driver;                   ///< options of the source's driver
};

/// What a driver can do, besides reading and restoring whole sources.
struct DriverAbilities {
  bool consistent = false;                     ///< a backup shows its source as of one moment: the snapshot time
  bool selection = false;                      ///< backs up, restores and exports parts of a source
  bool masking = false;                        ///< export_to, check_mask and suggest_mask follow rules of masking
  ProofLevel proof = ProofLevel::checksummed;  ///< highest level that prove() reaches; checksummed = can't prove
};

/// A Source, a Target and a verifier of one kind of data. Immutable; safe from any thread.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual std::vector<std::string> schemes() const = 0;  ///< "postgresql", "postgres"
  /// Options that the driver's calls take; each name once. Empty for a driver without options, or with options that
  /// only others know.
  virtual std::vector<OptionSpec> options() const { return {}; }
  /// Names of what the driver counts, as plurals, in display order: "tables", "rows". The metadata of its sources and
  /// its restore and proof reports have these numbers.
  virtual std::vector<std::string> counts() const { return {}; }
  /// The formats of export_to, the usual one first. Empty for a driver that can't export.
  virtual std::vector<ExportFormat> export_formats() const { return {}; }
  virtual DriverAbilities abilities() const { return {}; }
  /// Throws Error{invalid_argument} for an option that the call would refuse; opens nothing. The default implementation
  /// checks against options(). Override it if the driver's options are declared elsewhere.
  virtual void check_options(DriverCall call, const Options& given) const { parsed(call, given); }

  /// Open a source or a target. Both throw Error{invalid_argument} for a bad URI or option. Neither connects yet.
  virtual std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& options) const = 0;
  virtual std::unique_ptr<Target> open_target(const std::string& uri, const Options& options) const = 0;

  /// Restores into a scratch target, or on the server `options.target`, compares, and always removes the restored data
  /// again. Like export_to, throws Error{invalid_argument} for a bad option before it starts anything.
  virtual ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const = 0;
  /// Writes the backup in `options.format`, which is one of export_formats(). Does not commit `out`.
  virtual void export_to(const BackupView& backup, const ExportOptions& options, Writer& out, Context& context) const = 0;
  /// Compares rules of masking with a backup; reads only its description. The default implementations throw
  /// Error{unsupported}.
  virtual MaskCheck check_mask(const BackupView& backup, const MaskOptions& options, Context& context) const;
  /// Returns a text of rules for a backup: a proposal by names, types and samples of rows, for a person to correct.
  virtual std::string suggest_mask(const BackupView& backup, Context& context) const;
  /// Reports which prerequisites of this driver are present. With a URI, also reports whether that server can be backed
  /// up. Throws Error{invalid_argument} for a bad option.
  virtual std::vector<Finding> diagnose(const std::string& uri, const Options& options, Context& context) const = 0;

 protected:
  /// Calls parse_options for a call of this driver.
  ParsedOptions parsed(DriverCall call, const Options& given) const { return parse_options(name(), options(), call, given); }
};

/// Returns the format to use if `wanted` is asked for. Throws Error{unsupported} that lists the driver's formats.
std::string export_format(const Driver& driver, const std::string& wanted);
/// Throws Error{unsupported} if the driver has not the ability `masking`.
void require_masking(const Driver& driver);
/// Throws Error{unsupported} for a selection, if the driver takes only whole sources.
void check_selection(const Driver& driver, const Selection& selection);

/// Drivers by URI scheme.
class DriverRegistry {
 public:
  void add(std::shared_ptr<const Driver> driver);
  /// Returns the driver for a URI's scheme, or with this name. Throws Error{invalid_argument} that lists the known
  /// ones.
  const Driver& for_uri(std::string_view uri) const;
  const Driver& named(std::string_view name) const;
  /// Sums what the drivers of these sources counted. A source with an unknown driver has no counts.
  Counts counts_of(const std::vector<SourceRecord>& sources) const;
  const std::vector<std::shared_ptr<const Driver>>& all() const noexcept { return drivers_; }

 private:
  std::vector<std::shared_ptr<const Driver>> drivers_;
};

/// Returns every driver of this build.
DriverRegistry builtin_drivers();

}  // namespace holdfast
