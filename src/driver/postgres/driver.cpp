#include "driver/postgres/driver.hpp"

#include "driver/postgres/diagnose.hpp"
#include "driver/postgres/export.hpp"
#include "driver/postgres/logical.hpp"
#include "driver/postgres/proof.hpp"
#include "driver/postgres/restore.hpp"
#include "holdfast/flag.hpp"

namespace holdfast::postgres {

namespace {

class PostgresDriver final : public Driver {
 public:
  std::string_view name() const noexcept override { return "postgresql"; }
  std::vector<std::string> schemes() const override { return {"postgresql", "postgres"}; }

  std::vector<std::string> counts() const override { return {"tables", "rows"}; }

  std::vector<OptionSpec> options() const override {
    return {{"bin_dir", "string", "", "folder of pg_dump, pg_restore and postgres; empty = found by version"},
            {"globals", "boolean", "yes", "back up the definitions of roles"}};
  }

  std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& given) const override {
    return std::make_unique<LogicalSource>(ConnInfo(uri), selection, read(given));
  }

  std::unique_ptr<Target> open_target(const std::string& uri, const Options& given) const override {
    return std::make_unique<LogicalTarget>(ConnInfo(uri), read(given));
  }

  ProofReport prove(const BackupView& backup, const VerifyOptions& given, Context& context) const override {
    return postgres::prove(backup, given, "", context);
  }

  void export_to(const BackupView& backup, ExportFormat format, const Selection& selection, Writer& out, Context& context) const override {
    if (format == ExportFormat::sql) {
      export_sql(backup, selection, out, context);
    } else {
      export_archive(backup, selection, out, context);
    }
  }

  std::vector<Finding> diagnose(const std::string& uri, Context& context) const override { return postgres::diagnose(uri, context); }

 private:
  static LogicalOptions read(const Options& given) {
    LogicalOptions options;
    for (const auto& [key, value] : given) {
      if (key == "bin_dir") {
        options.bin_dir = value;
      } else if (key == "globals") {
        options.globals = parse_flag(key, value);
      } else {
        throw Error(ErrorCode::invalid_argument, "postgresql has no option " + key + "; it has bin_dir, globals");
      }
    }
    return options;
  }
};

}  // namespace

std::shared_ptr<const Driver> driver() { return std::make_shared<PostgresDriver>(); }

}  // namespace holdfast::postgres
