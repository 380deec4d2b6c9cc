#include "driver/postgres/proof/proof.hpp"

#include <algorithm>
#include <ctime>

#include "base/hex.hpp"
#include "driver/postgres/logical/shortcomings.hpp"
#include "driver/postgres/proof/definitions.hpp"
#include "driver/postgres/proof/masked_content.hpp"
#include "driver/postgres/proof/preloads.hpp"
#include "driver/postgres/proof/scratch_name.hpp"
#include "driver/postgres/proof/scratch_server.hpp"
#include "driver/postgres/restore/chosen_rows.hpp"
#include "driver/postgres/restore/mask_schema.hpp"
#include "driver/postgres/restore/preflight.hpp"
#include "driver/postgres/restore/restore.hpp"
#include "driver/postgres/restore/roles.hpp"
#include "driver/postgres/restore/trust.hpp"
#include "driver/postgres/text/queries.hpp"
#include "driver/postgres/text/scratch_lock.hpp"

namespace holdfast::postgres {

namespace {

ScratchServer::Purpose purpose_of(const RestorePlan& plan, int server_version, Context& context) {
  ScratchServer::Purpose purpose{
      .source_version = server_version, .superuser = plan.catalog.bootstrap_role, .extensions = {}, .database = verify_name(context)};
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (pg_archive::view(entry.desc) == "EXTENSION") purpose.extensions.emplace_back(pg_archive::view(entry.tag));
  }
  return purpose;
}

// The scripts of extensions may name roles that own nothing of the backup. The restore itself creates only those that
// it needs; it also says which it could not create.
void create_roles_of_scripts(const ScratchServer& server, const std::vector<std::string>& extensions, const BackupView& backup,
                             Context& context) {
  if (extensions.empty()) return;
  const std::optional<Globals> roles = read_globals(backup);
  if (!roles) return;
  Connection connection(server.database("postgres"), context);
  roles->create(connection, roles->named_in(scripts_of(connection, extensions)));
}

// Drops the database on a server that is not ours, in every case. Where the process or the server dies before that,
// drop_abandoned_scratch() does it: its lock is gone then.
class DropLater {
 public:
  DropLater(ConnInfo info, const Context& context)
      : info_(std::move(info)), context_(context), keeper_(maintenance_connection(info_, own_)) {
    lock_scratch(keeper_, info_.database());  // the name is random
  }
  ~DropLater() { drop_database_quietly(info_, context_); }
  DropLater(const DropLater&) = delete;
  DropLater& operator=(const DropLater&) = delete;

 private:
  ConnInfo info_;
  const Context& context_;
  Context own_;  // without the caller's stop request and deadlines: it lives as long as the proof
  Connection keeper_;
};

// The verifying machine may lack the source's locales. Without them rows still compare equal; only sort orders differ.
void create_with_any_locale(const ConnInfo& info, Catalog catalog, ProofReport& report, Context& context) {
  try {
    create_database(info, catalog, context);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::permission_denied) throw;
    catalog.collate = catalog.ctype = "C";
    catalog.provider = "c";
    create_database(info, catalog, context);
    report.warnings.push_back("restored with locale C, because the backup's locale is not available here: " + error.message());
  }
}

// Call it before the restore: afterwards the backup's event triggers would fire.
void make_amcheck(Connection& connection, const RestorePlan& plan, ProofReport& report) {
  if (brings_amcheck(plan.toc)) return;
  try {
    connection.query(std::string("CREATE SCHEMA ") + kAmcheckSchema + "; CREATE EXTENSION amcheck WITH SCHEMA " + kAmcheckSchema);
  } catch (const ServerError& error) {
    report.warnings.push_back("indexes were not checked with amcheck: " + error.message());
  }
}

// The comparisons of an index run with the rights of its table's owner, who may be a superuser: those that the backup
// brought are not run.
constexpr const char* kIndexes =
    "SELECT c.oid, c.oid::pg_catalog.regclass::pg_catalog.text, EXISTS (SELECT 1 FROM pg_catalog.unnest(i.indclass) k(oid) JOIN "
    "pg_catalog.pg_opclass o ON o.oid = k.oid JOIN pg_catalog.pg_amproc p ON p.amprocfamily = o.opcfamily WHERE p.amproc >= 16384 AND NOT "
    "EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.amproc AND "
    "d.deptype = 'e')) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_am a ON a.oid = c.relam JOIN pg_catalog.pg_index i ON i.indexrelid = "
    "c.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence <> "
    "'t' AND i.indisready AND i.indisvalid AND n.nspname !~ '^pg_' ORDER BY 2";

void check_indexes(Connection& connection, ProofReport& report) {
  const Rows schema = connection.query(
      "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace "
      "WHERE x.extname = 'amcheck'");
  if (schema.size() == 0) return;
  const Rows indexes = connection.query(kIndexes);
  for (int row = 0; row < indexes.size(); ++row) {
    if (indexes.flag(row, 2)) {
      report.warnings.push_back("index " + indexes.text(row, 1) + " was not checked with amcheck: its operator class is the backup's own");
      continue;
    }
    try {
      connection.query("SELECT " + schema.text(0, 0) + ".bt_index_check(" + indexes.text(row, 0) + "::pg_catalog.oid::pg_catalog.regclass)",
                       Wait::unlimited);
    } catch (const ServerError& error) {
      report.faults.push_back({"index " + indexes.text(row, 1), error.message()});
    }
  }
}

void run_queries(const ConnInfo& info, const std::vector<std::string>& queries, ProofReport& report, Context& context) {
  for (QueryResult& result : run_queries(info, queries, context)) report.queries.push_back(std::move(result));
}

// Up to version 13 there is no role with the right to read everything.
void grant_reading(TemporaryRoles& roles, const std::string& reader, Connection& connection) {
  const Rows schemas = connection.query(
      "SELECT pg_catalog.quote_ident(nspname) FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'");
  for (int row = 0; row < schemas.size(); ++row) {
    roles.grant("USAGE ON SCHEMA " + schemas.text(row, 0), reader);
    roles.grant("SELECT ON ALL TABLES IN SCHEMA " + schemas.text(row, 0), reader);
    roles.grant("SELECT ON ALL SEQUENCES IN SCHEMA " + schemas.text(row, 0), reader);
  }
}

constexpr const char* kListening =
    "SELECT pg_catalog.quote_ident(evtname) FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1";

// Call it for a database that will be dropped: statements before and after the queries run as a superuser.
void silence_event_triggers(const ConnInfo& info, Context& context) {
  Connection connection(info, context);
  const Rows triggers = connection.query(kListening);
  for (int row = 0; row < triggers.size(); ++row) connection.query("ALTER EVENT TRIGGER " + triggers.text(row, 0) + " DISABLE");
}

// A query calls functions that the search path finds, which may be code of the backup. It therefore runs as a role that
// can only read.
void run_queries_as_reader(const ConnInfo& info, const VerifyOptions& options, ProofReport& report, Context& context) {
  if (options.queries.empty()) return;
  Connection connection(info, context);
  const Trust trust = trust_in(connection, info, options.untrusted, context);
  if (!trust.fenced) {
    const bool said = std::ranges::find(report.warnings, trust.warning) != report.warnings.end();
    if (!trust.warning.empty() && !said) report.warnings.push_back(trust.warning);
    return run_queries(info, options.queries, report, context);
  }
  const bool can_read_all = major_of(connection.server_version()) >= 14;
  if (!can_read_all && connection.query(kListening).size() != 0) {
    const char* const why = "the queries run as the role that connects: creating a role that can only read would fire event triggers";
    if (options.untrusted) throw Error(ErrorCode::unsupported, std::string("the backup is untrusted, but ") + why);
    report.warnings.emplace_back(why);
    return run_queries(info, options.queries, report, context);
  }
  TemporaryRoles roles(info, context);
  const std::vector<std::string> member_of = can_read_all ? std::vector<std::string>{"pg_read_all_data"} : std::vector<std::string>{};
  const ConnInfo reader = roles.login(member_of, "", "BYPASSRLS");
  if (!can_read_all) grant_reading(roles, reader.parameters().at("user"), connection);
  run_queries(reader, options.queries, report, context);
}

// Runs all checks that only read a restored database, as the connecting role: reading runs no code of the backup. COPY
// of a table's own columns calls the output functions of their types, which are C; the catalogs and pg_dump return
// texts.
void examine(const BackupView& backup, const ConnInfo& info, const DefinitionsCheck& check, bool with_object_owners,
             const MaskedContent* masked, ProofReport& report, Context& context) {
  context.phase("comparing rows");
  compare_content(backup, info, check.plan, with_object_owners, masked, report, context);
  Connection connection(info, context);
  context.phase("comparing definitions");
  compare_definitions(connection, info, check, report, context);
}

// Creates the database `info` with the backup's definitions and no rows. Returns the objects that it lacks.
std::set<std::string> restore_definitions(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup,
                                          const RestoreOptions& options, const std::string& owner, Context& context) {
  RestorePlan definitions = plan;
  definitions.rows.clear();
  definitions.large_object_names.reset();
  definitions.sequences.clear();
  definitions.materialized_views.clear();
  ProofReport ignored;
  create_with_any_locale(info, plan.catalog, ignored, context);
  const RestoreReport report = restore_into(info, definitions, backup, options, context, owner);
  std::set<std::string> missing;
  for (const LeftOut& item : report.left_out) missing.insert(item.object);
  return missing;
}

// Without the backup's roles, everything has one owner. If that were a superuser, functions that run with their owner's
// rights would run as superuser, and the caller's queries may call them. Returns "" if there is no fence.
std::string powerless_owner(const ConnInfo& info, bool untrusted, std::optional<TemporaryRoles>& roles, Context& context) {
  Connection maintenance = maintenance_connection(info, context);
  const ConnInfo elsewhere = info.with_database(maintenance.database());
  if (!trust_in(maintenance, elsewhere, untrusted, context).fenced) return "";
  roles.emplace(elsewhere, context);
  return roles->group();
}

std::string what_is_left(const LeftOut& item) {
  return "could not be restored" + (item.instead.empty() ? "" : ", only " + item.instead) + ": " + item.reason;
}

std::string server_of(const ConnInfo& info, const Context& context) { return Connection(info, context).server_version_text(); }

// Everything in the backup came back equal; what never came into it did not, nor did what a mask changed.
void claim_equality(const BackupView& backup, const MaskedContent* masked, ProofReport& report) {
  if (masked != nullptr) report.mask = masked->report();
  if (!report.faults.empty() || masked != nullptr) return;
  const Notes& notes = backup.source().notes;
  if (const auto lacks = notes.find(Shortcomings::kNote); lacks == notes.end()) {
    report.level = ProofLevel::content_equal;
  } else {
    report.warnings.push_back("the level is restored, not content-equal, because the backup lacks something: " + lacks->second);
  }
}

// The plan of a proof, and the mask that it follows, if any.
struct ProofPlan {
  RestorePlan plan;
  std::optional<masking::MaskPlan> mask;

  ProofPlan(const BackupView& backup, const VerifyOptions& options, Context& context) : plan(plan_restore(backup, {})) {
    if (!options.mask) return;
    mask = plan_mask(*options.mask, false, plan);
    choose_rows(backup, plan, *mask, context);
  }
  const masking::MaskPlan* rules() const noexcept { return mask ? &*mask : nullptr; }
  std::unique_ptr<const MaskedContent> content(const BackupView& backup, Context& context) const {
    return mask ? std::make_unique<const MaskedContent>(backup, plan, *mask, context) : nullptr;
  }
};

ProofReport prove_restored(const BackupView& backup, const VerifyOptions& options, const ConnInfo& restored, const std::string& bin_dir,
                           RoleMap mapped, Context& context) {
  const ConnInfo info = without_event_triggers(restored, context);
  if (!mapped.empty()) {
    Connection connection(info, context);
    mapped.write_as(connection);
  }
  ProofPlan planned(backup, options, context);
  mapped.apply(planned.plan);
  const RestorePlan& plan = planned.plan;
  ProofReport report;
  report.level = ProofLevel::restored;
  report.where = info.display() + ", PostgreSQL " + server_of(info, context);
  // The restored database's server is only read, so the reference is made on a server of our own.
  const auto reference = [&](const DumpDefinitions& dump) {
    const int version = Connection(info, context).server_version();
    const ScratchServer::Purpose purpose = purpose_of(plan, version, context);
    const ScratchServer server(purpose, bin_dir, context);
    const ConnInfo other = server.database();
    create_roles_of_scripts(server, purpose.extensions, backup, context);
    if (!mapped.empty()) {
      Connection connection(server.database("postgres"), context);
      mapped.create_roles(connection);
    }
    std::set<std::string> missing = restore_definitions(other, plan, backup, {.untrusted = options.untrusted}, "", context);
    if (major_of(Connection(other, context).server_version()) != major_of(version))
      throw Error(ErrorCode::not_found, "no server programs of PostgreSQL " + std::to_string(major_of(version)) + " are installed here");
    return Reference{dump(other), std::move(missing)};
  };
  const std::unique_ptr<const MaskedContent> masked = planned.content(backup, context);
  if (!mapped.empty() && plan.large_objects && plan.catalog.large_objects.objects != 0) {
    report.warnings.push_back("owners and grants of large objects were not compared: their record has the names before the role_map");
  }
  examine(backup, info, {plan, true, bin_dir, reference}, mapped.empty(), masked.get(), report, context);
  claim_equality(backup, masked.get(), report);
  run_queries_as_reader(info, options, report, context);
  return report;
}

}  // namespace

ProofReport prove(const BackupView& backup, const VerifyOptions& options, const ConnInfo* given, const std::string& bin_dir,
                  const RoleMap& mapped, Context& context) {
  if (!options.restored.empty()) return prove_restored(backup, options, *given, bin_dir, mapped, context);
  if (!mapped.empty()) {
    throw Error(ErrorCode::invalid_argument, "role_map is for a database that was restored with other roles: name it with --restored");
  }
  const ProofPlan planned(backup, options, context);
  const RestorePlan& plan = planned.plan;
  ProofReport report;
  const bool own = given == nullptr;
  std::optional<ScratchServer> server;
  if (own) {
    context.phase("starting a scratch server");
    const ScratchServer::Purpose purpose = purpose_of(plan, plan.catalog.server_version, context);
    server.emplace(purpose, bin_dir, context);
    create_roles_of_scripts(*server, purpose.extensions, backup, context);
    std::ranges::copy(server->warnings(), std::back_inserter(report.warnings));
  }
  const ConnInfo info = own ? server->database() : given->with_database(verify_name(context));
  std::optional<TemporaryRoles> roles;  // dropped after the database
  std::string owner;
  if (!own) owner = powerless_owner(info, options.untrusted, roles, context);
  std::optional<DropLater> drop;
  if (!own) drop.emplace(info, context);
  create_with_any_locale(info, plan.catalog, report, context);
  ConnInfo quiet = info;
  {
    Connection connection(info, context);
    report.where = (own ? "a scratch PostgreSQL " : info.display() + ", PostgreSQL ") + connection.server_version_text();
    for (std::string& warning : check_target(connection, true, plan, true, false)) report.warnings.push_back(std::move(warning));
    make_amcheck(connection, plan, report);
    quiet = without_event_triggers(info, connection);
  }
  RestoreReport restored =
      restore_into(info, plan, backup, {.owner = own, .untrusted = options.untrusted}, context, owner, planned.rules());
  for (std::string& warning : restored.warnings) report.warnings.push_back(std::move(warning));
  for (const LeftOut& item : restored.left_out) report.faults.push_back({item.object, what_is_left(item)});
  report.level = ProofLevel::restored;
  const auto reference = [&](const DumpDefinitions& dump) {
    const ConnInfo other = info.with_database(verify_name(context));
    std::optional<DropLater> drop_other;
    if (!own) drop_other.emplace(other, context);
    std::set<std::string> missing =
        restore_definitions(other, plan, backup, {.owner = own, .untrusted = options.untrusted}, owner, context);
    return Reference{dump(other), std::move(missing)};
  };
  const std::unique_ptr<const MaskedContent> masked = planned.content(backup, context);
  examine(backup, quiet, {plan, own, bin_dir, reference}, own, masked.get(), report, context);
  context.phase("checking indexes");
  {
    Connection connection(quiet, context);
    check_indexes(connection, report);
  }
  claim_equality(backup, masked.get(), report);
  silence_event_triggers(quiet, context);
  run_queries_as_reader(quiet, options, report, context);
  return report;
}

}  // namespace holdfast::postgres
