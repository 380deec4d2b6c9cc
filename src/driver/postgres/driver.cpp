#include "driver/postgres/driver.hpp"

#include "driver/postgres/client/reach.hpp"
#include "driver/postgres/contained.hpp"
#include "driver/postgres/diagnose.hpp"
#include "driver/postgres/logical/logical.hpp"
#include "driver/postgres/proof/proof.hpp"
#include "driver/postgres/restore/export.hpp"
#include "driver/postgres/restore/mask_samples.hpp"
#include "driver/postgres/restore/mask_schema.hpp"
#include "driver/postgres/restore/restore.hpp"

namespace holdfast::postgres {

namespace {

constexpr const char* kBinDir = "bin_dir";
constexpr const char* kGlobals = "globals";
constexpr const char* kPassword = "password";
constexpr const char* kRoleMap = "role_map";
constexpr const char* kSql = "sql";
constexpr const char* kEngineSocket = "engine_socket";

ConnInfo login(const std::string& uri, const ParsedOptions& options) {
  const ConnInfo info(uri);
  check_reach(info, options.text(kEngineSocket));
  return options.given(kPassword) ? info.with_password(options.text(kPassword)) : info;
}

class PostgresDriver final : public Driver {
 public:
  std::string_view name() const noexcept override { return "postgresql"; }
  std::vector<std::string> schemes() const override { return {"postgresql", "postgres"}; }

  std::vector<std::string> counts() const override { return {"tables", "rows"}; }

  std::vector<ExportFormat> export_formats() const override {
    return {{kSql, "statements for psql"}, {"archive", "the archive that pg_dump -Fc writes, for pg_restore"}};
  }

  DriverAbilities abilities() const override {
    return {.consistent = true, .selection = true, .masking = true, .proof = ProofLevel::content_equal};
  }

  std::vector<OptionSpec> options() const override {
    return {{.name = kBinDir,
             .help = "folder of PostgreSQL's programs; empty = found by version",
             .calls = {DriverCall::backup, DriverCall::verify, DriverCall::export_to, DriverCall::doctor}},
            {.name = kGlobals,
             .type = OptionType::boolean,
             .default_value = "yes",
             .help = "back up the definitions of roles",
             .calls = {DriverCall::backup}},
            {.name = kPassword,
             .help = "password of the server, instead of one in the URI",
             .calls = {DriverCall::backup, DriverCall::doctor},
             .secret = true},
            {.name = kRoleMap,
             .help = "with --restored: the restore's --role-map, as OLD=NEW,OLD=NEW; names quoted as in SQL if need be",
             .calls = {DriverCall::verify}},
            {.name = kEngineSocket,
             .help = "of a server in a container: path of the unix socket of the engine's API; empty = the engine's usual one",
             .calls = {DriverCall::backup, DriverCall::restore, DriverCall::verify, DriverCall::doctor}}};
  }

  std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& given) const override {
    const ParsedOptions options = parsed(DriverCall::backup, given);
    ConnInfo info = login(uri, options);
    LogicalOptions logical{.bin_dir = options.text(kBinDir), .globals = options.flag(kGlobals)};
    if (info.inside().container.empty()) return std::make_unique<LogicalSource>(std::move(info), selection, std::move(logical));
    return contained_source(std::move(info), options.text(kEngineSocket), selection, std::move(logical));
  }

  std::unique_ptr<Target> open_target(const std::string& uri, const Options& given) const override {
    const std::string engine_socket = parsed(DriverCall::restore, given).text(kEngineSocket);
    ConnInfo info(uri);
    check_reach(info, engine_socket);
    if (info.inside().container.empty()) return std::make_unique<LogicalTarget>(std::move(info));
    return contained_target(std::move(info), engine_socket);
  }

  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const override {
    const ParsedOptions given = parsed(DriverCall::verify, options.driver);
    const std::string bin_dir = given.text(kBinDir);
    const RoleMap roles = RoleMap::parse(given.text(kRoleMap));
    const std::string& uri = options.restored.empty() ? options.target : options.restored;
    if (uri.empty()) return postgres::prove(backup, options, nullptr, bin_dir, roles, context);
    ProofReport report;
    while_reached(ConnInfo(uri), given.text(kEngineSocket), context,
                  [&](const ConnInfo& reached) { report = postgres::prove(backup, options, &reached, bin_dir, roles, context); });
    return report;
  }

  void export_to(const BackupView& backup, const ExportOptions& options, Writer& out, Context& context) const override {
    const ParsedOptions given = parsed(DriverCall::export_to, options.driver);
    if (options.format == kSql) {
      export_sql(backup, options, given.text(kBinDir), out, context);
    } else {
      export_archive(backup, options, out, context);
    }
  }

  MaskCheck check_mask(const BackupView& backup, const MaskOptions& options, Context&) const override {
    return postgres::check_mask(backup, options);
  }

  std::string suggest_mask(const BackupView& backup, Context& context) const override { return postgres::suggest_mask(backup, context); }

  std::vector<Finding> diagnose(const std::string& uri, const Options& options, Context& context) const override {
    const ParsedOptions given = parsed(DriverCall::doctor, options);
    return postgres::diagnose(
        {.uri = uri, .password = given.text(kPassword), .engine_socket = given.text(kEngineSocket), .bin_dir = given.text(kBinDir)},
        context);
  }
};

}  // namespace

std::shared_ptr<const Driver> driver() { return std::make_shared<PostgresDriver>(); }

}  // namespace holdfast::postgres
