#include "driver/sql_proof.hpp"

#include <fmt/format.h>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/proof/scratch_name.hpp"
#include "driver/postgres/proof/scratch_server.hpp"
#include "driver/postgres/text/load.hpp"
#include "driver/postgres/text/queries.hpp"

namespace holdfast {

namespace {

using postgres::Connection;
using postgres::ConnInfo;
using postgres::ScratchServer;

void judge(const SqlLoadReport& load, ProofReport& report) {
  if (!load.complete) report.faults.push_back({"the end of the text", "the mark of a complete dump is missing: the text was cut"});
  for (const SqlFailure& failure : load.failures) {
    const std::string line = "line " + std::to_string(failure.line), said = failure.statement + ": " + failure.reason;
    if (failure.kind == SqlFailureKind::statement) {
      report.faults.push_back({line, said});
    } else {
      report.warnings.push_back(line + " was not run, or not as it is: " + said);
    }
  }
  if (load.failed > report.faults.size())
    report.faults.push_back(
        {"the text", "the server refused " + std::to_string(load.failed) + " statements, of which the first are listed"});
  report.where += fmt::format(" with {} statements and {} rows", load.statements, load.rows);
}

void prove_in(const ConnInfo& info, const SqlText& text, const VerifyOptions& options, ProofReport& report, Context& context) {
  context.phase("loading the SQL text");
  judge(postgres::load_text(info, *text.open(), context), report);
  report.level = ProofLevel::restored;
  if (!options.queries.empty()) report.queries = postgres::run_queries(info, options.queries, context);
}

}  // namespace

ProofReport prove_sql(const SqlText& text, const VerifyOptions& options, const std::string& bin_dir, Context& context) {
  if (!options.restored.empty())
    throw Error(ErrorCode::unsupported, "SQL text has no record of its rows: a database that was restored from it can't be compared");
  ProofReport report;
  const std::string name = postgres::verify_name(context);
  if (!options.target.empty()) {
    if (options.untrusted)
      throw Error(ErrorCode::unsupported,
                  "SQL text runs with the rights of the role that loads it: prove an untrusted one without a target");
    const ScratchDatabase scratch(options.target, name, context);
    const ConnInfo info(scratch.uri());
    report.where = ConnInfo(options.target).display() + ", PostgreSQL " + Connection(info, context).server_version_text();
    prove_in(info, text, options, report, context);
    return report;
  }
  context.phase("starting a scratch server");
  const ScratchServer server({.source_version = text.major_version * 10000, .superuser = "postgres", .extensions = {}, .database = name},
                             bin_dir, context);
  report.warnings = server.warnings();
  {
    Connection maintenance(server.database("postgres"), context);
    report.where = "a scratch PostgreSQL " + maintenance.server_version_text();
    maintenance.query("CREATE DATABASE " + postgres::quote_identifier(name) + " TEMPLATE template0");
  }
  prove_in(server.database(), text, options, report, context);
  return report;
}

}  // namespace holdfast
