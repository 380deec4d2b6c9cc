#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/counts.hpp"
#include "holdfast/source.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

/// One declared option of a driver.
struct OptionSpec {
  std::string name;
  std::string type;  ///< "string", "integer", "boolean", "duration", "list"
  std::string default_value;
  std::string help;
  bool secret = false;
};

enum class ExportFormat { sql, archive };

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
  virtual std::vector<OptionSpec> options() const { return {}; }
  /// Names of what it counts, plurals, in the order for people: "tables", "rows". The notes of its sources have these numbers, as have its
  /// restore and proof reports.
  virtual std::vector<std::string> counts() const { return {}; }

  /// Both throw Error{invalid_argument} on a bad URI or option, and do not connect yet.
  virtual std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& options) const = 0;
  virtual std::unique_ptr<Target> open_target(const std::string& uri, const Options& options) const = 0;

  /// Restores into something throw-away (or on the server `options.target`), compares, and removes it again whatever happens.
  virtual ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const = 0;
  /// Writes the backup in a form stock tools read. Throws Error{unsupported} where there is none. `out` is not committed here.
  virtual void export_to(const BackupView& backup, ExportFormat format, const Selection& selection, Writer& out,
                         Context& context) const = 0;
  /// What this driver needs and what of it is here; with a URI also whether that server can be backed up.
  virtual std::vector<Finding> diagnose(const std::string& uri, Context& context) const = 0;
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
