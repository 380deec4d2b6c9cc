#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/counts.hpp"
#include "holdfast/option.hpp"
#include "holdfast/source.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

enum class ExportFormat { sql, archive };

struct ExportOptions {
  ExportFormat format = ExportFormat::sql;
  Selection selection;
  Options driver;  ///< options of the source's driver
};

/// One state of one prerequisite, as `doctor` shows it.
struct Finding {
  enum class State { ok, warning, missing } state = State::ok;
  std::string what;
  std::string detail;
};

/// A Source, a Target and a verifier of one kind of data. Immutable; safe from any thread.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual std::vector<std::string> schemes() const = 0;  ///< "postgresql", "postgres"
  /// What its calls take; each name once. A driver without any, or whose options are known to others only, has an empty list.
  virtual std::vector<OptionSpec> options() const { return {}; }
  /// Names of what it counts, plurals, in the order for people: "tables", "rows". The notes of its sources have these numbers, as have its
  /// restore and proof reports.
  virtual std::vector<std::string> counts() const { return {}; }
  /// Throws Error{invalid_argument} for an option that the call would refuse; opens nothing. The one here goes by options(): a driver whose
  /// options stand elsewhere overrides it.
  virtual void check_options(DriverCall call, const Options& given) const { parsed(call, given); }

  /// Both throw Error{invalid_argument} on a bad URI or option, and do not connect yet.
  virtual std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& options) const = 0;
  virtual std::unique_ptr<Target> open_target(const std::string& uri, const Options& options) const = 0;

  /// Restores into something throw-away (or on the server `options.target`), compares, and removes it again whatever happens. Like
  /// export_to it throws Error{invalid_argument} on a bad option before anything is started.
  virtual ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const = 0;
  /// Writes the backup in a form stock tools read. Throws Error{unsupported} where there is none. `out` is not committed here.
  virtual void export_to(const BackupView& backup, const ExportOptions& options, Writer& out, Context& context) const = 0;
  /// What this driver needs and what of it is here; with a URI also whether that server can be backed up.
  virtual std::vector<Finding> diagnose(const std::string& uri, Context& context) const = 0;

 protected:
  /// parse_options for a call of this driver.
  ParsedOptions parsed(DriverCall call, const Options& given) const { return parse_options(name(), options(), call, given); }
};

/// Drivers by URI scheme.
class DriverRegistry {
 public:
  void add(std::shared_ptr<const Driver> driver);
  /// The driver for a URI's scheme, or by its own name. Throws Error{invalid_argument} naming the known ones.
  const Driver& for_uri(std::string_view uri) const;
  const Driver& named(std::string_view name) const;
  /// What the drivers of these sources counted, all together. A source whose driver is not known has no counts.
  Counts counts_of(const std::vector<SourceRecord>& sources) const;
  const std::vector<std::shared_ptr<const Driver>>& all() const noexcept { return drivers_; }

 private:
  std::vector<std::shared_ptr<const Driver>> drivers_;
};

/// Every driver this build has.
DriverRegistry builtin_drivers();

}  // namespace holdfast
