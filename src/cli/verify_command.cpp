#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "format.hpp"
#include "holdfast/anchor.hpp"
#include "mask_input.hpp"
#include "session.hpp"
#include "text_file.hpp"

namespace holdfast::cli {

namespace {

struct VerifyArguments {
  std::string backup, level = "quick", queries_file, anchor_file;
  std::vector<std::string> driver;
  MaskInput mask;
  VerifyOptions options;
};

// Damage that prevents the verification of a backup is a finding like any other.
VerifyReport verify_one(Repository& repository, const BackupId& id, const VerifyOptions& options, Context& context) {
  try {
    return repository.verify(id, options, context);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt) throw;
    VerifyReport report;
    report.id = id;
    report.level = options.level;
    report.faults.push_back({id, error.message()});
    return report;
  }
}

// What a mask changed was not compared, so nothing is proved.
std::string masked_text(const VerifyReport& report) {
  const ProofReport& proof = report.proof;
  std::uint64_t values = 0, dropped = 0;
  for (const MaskedColumn& column : proof.mask.columns) values += column.values;
  for (const DroppedRows& rows : proof.mask.dropped) dropped += rows.rows;
  return fmt::format("EQUAL  {} except for masked values, level {} ({} in {})\nonly counted: {} in {}{}\n", text_of(proof.counts),
                     to_string(proof.level), printable(proof.where), format_seconds(report.seconds), count_of(values, "masked value"),
                     count_of(proof.mask.columns.size(), "column"),
                     dropped == 0 ? "" : "; " + count_of(dropped, "row") + " of the backup left out");
}

std::string proof_text(const VerifyReport& report) {
  const ProofReport& proof = report.proof;
  const std::string counted = proof.counts.empty() ? "" : text_of(proof.counts) + ", ";
  return fmt::format("PROVED {}level {} (restored into {} in {})\n", counted, to_string(proof.level), printable(proof.where),
                     format_seconds(report.seconds));
}

std::string text(const VerifyReport& report, bool masked) {
  std::string result;
  for (const auto* faults : {&report.faults, &report.proof.faults}) {
    for (const Fault& fault : *faults) result += "FAULT " + printable(fault.object) + ": " + printable(fault.what) + "\n";
  }
  for (const QueryResult& query : report.proof.queries) {
    result += fmt::format("{} {}\n", query.ok ? "QUERY" : "FAULT query:", printable(query.statement));
    std::size_t begin = 0;
    while (begin < query.result.size()) {
      const std::size_t end = std::min(query.result.find('\n', begin), query.result.size());
      result += "  " + printable(query.result.substr(begin, end - begin)) + "\n";
      begin = end + 1;
    }
  }
  if (!report.ok()) return result;
  if (report.level == VerifyLevel::restore) return result + (masked ? masked_text(report) : proof_text(report));
  return result + fmt::format("OK     {}  {}, {} read, level {} in {}\n", report.id.empty() ? "repository" : report.id,
                              count_of(report.objects, "object"), format_size(report.bytes), to_string(report.level),
                              format_seconds(report.seconds));
}

std::string anchor_text(const VerifyReport& report) {
  return report.ok() ? "OK     anchor  " + count_of(report.objects, "backup") + " looked for, all there or removed on record\n"
                     : text(report, false);
}

VerifyReport look_for_anchored(Repository& repository, const VerifyArguments& arguments, const std::string& anchor, Context& context) {
  try {
    return check_anchor(repository, anchor, context);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    throw Error(error.code(), arguments.anchor_file + ": " + error.message());
  }
}

std::vector<VerifyReport> only(const Error& error, VerifyLevel level) {
  VerifyReport report{.level = level};
  report.faults.push_back({"repository", error.message()});
  return {report};
}

struct Looked {
  std::optional<VerifyReport> anchor;
  std::vector<VerifyReport> reports;
};

std::vector<VerifyReport> look_at_backups(Session& session, Repository& repository, const VerifyArguments& arguments) {
  const VerifyOptions& options = arguments.options;
  if (arguments.backup.empty() && options.level != VerifyLevel::restore) {
    return session.with_progress("verify", "read", [&] { return repository.verify_all(options.level, session.context()); });
  }
  const std::string name = arguments.backup.empty() ? "latest" : arguments.backup;
  const auto verify = [&](const BackupId& id) {
    return session.with_progress("verify", "read", [&] { return verify_one(repository, id, options, session.context()); });
  };
  if (options.level == VerifyLevel::restore) {
    const BackupInfo backup = session.find_backup(repository, name);
    if (!options.source.empty()) Session::find_source(backup, options.source);
    return {verify(backup.id)};
  }
  return {Session::on_backup([&] { return verify(repository.resolve(name, session.context())); })};
}

Looked look(Session& session, const VerifyArguments& arguments) {
  std::optional<std::string> anchor;
  if (!arguments.anchor_file.empty()) anchor = read_text_file(arguments.anchor_file, "anchor");
  Looked looked;
  try {
    Repository repository = session.open_repository(Session::IndexCache::off);
    if (anchor) looked.anchor = look_for_anchored(repository, arguments, *anchor, session.context());
    looked.reports = look_at_backups(session, repository, arguments);
  } catch (const NoSuch& error) {  // removed together with backups that the anchor misses
    if (!looked.anchor || looked.anchor->ok()) throw;
    looked.reports = only(error, arguments.options.level);
  } catch (const Error& error) {  // too damaged to open or find: a finding like any other
    if (error.code() != ErrorCode::corrupt) throw;
    looked.reports = only(error, arguments.options.level);
  }
  return looked;
}

int verify(Session& session, VerifyArguments& arguments) {
  VerifyOptions& options = arguments.options;
  options.level = parse_level(arguments.level);
  options.driver = parse_pairs(arguments.driver, "-o");
  options.mask = read_mask(arguments.mask);
  const bool for_restore = !options.source.empty() || !options.target.empty() || !options.restored.empty() ||
                           !arguments.queries_file.empty() || options.untrusted || options.mask || !options.driver.empty();
  if (for_restore && options.level != VerifyLevel::restore) {
    throw Error(ErrorCode::invalid_argument,
                "--source, --target, --restored, --queries, --untrusted, --mask and -o are for --level restore");
  }
  if (!arguments.queries_file.empty()) options.queries = {read_text_file(arguments.queries_file, "queries")};
  const Looked looked = look(session, arguments);
  std::string lines = looked.anchor ? anchor_text(*looked.anchor) : "";
  Json documents = Json::array();
  bool ok = !looked.anchor || looked.anchor->ok();
  for (const VerifyReport& report : looked.reports) {
    lines += text(report, options.mask.has_value());
    documents.push_back(document(report));
    ok = ok && report.ok();
    session.adopt_warnings(report.proof.warnings);
  }
  Json json{{"ok", ok}, {"level", to_string(options.level)}, {"reports", documents}};
  if (looked.anchor) json["anchor"] = document(*looked.anchor);
  const int code = ok ? session.confirm(std::move(json), lines) : session.finish(std::move(json), lines);
  return ok ? code : kFault;
}

}  // namespace

VerifyLevel parse_level(const std::string& text) {
  if (text == "full") return VerifyLevel::full;
  return text == "restore" ? VerifyLevel::restore : VerifyLevel::quick;
}

void add_verify(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("verify", "Look for damage, or restore a backup to prove that it equals its source");
  const auto arguments = std::make_shared<VerifyArguments>();
  command.add_option("backup", arguments->backup,
                     "Id, its unique beginning, latest, or latest:SERIES; none = everything (restore: latest)");
  command.add_option("--level", arguments->level, "quick: all there; full: every byte; restore: restored and compared")
      ->check(CLI::IsMember({"quick", "full", "restore"}));
  command
      .add_option("--source", arguments->options.source,
                  "Level restore: prove only this source; the result is not recorded if the backup has others")
      ->type_name("NAME|N");
  CLI::Option* target =
      command.add_option("--target", arguments->options.target, "Level restore: use this server instead of a throw-away one");
  CLI::Option* restored = command.add_option("--restored", arguments->options.restored, "Level restore: compare this restored database");
  target->type_name("URI");
  restored->type_name("URI")->excludes(target);
  command.add_option("--queries", arguments->queries_file, "Level restore: SQL to run on the restored database")->type_name("FILE");
  command.add_option("--anchor", arguments->anchor_file, "Also look for the backups that this anchor names")->type_name("FILE");
  add_mask_options(command, arguments->mask);
  add_untrusted_flag(command, arguments->options.untrusted);
  add_driver_options(command, DriverCall::verify, arguments->driver);
  session.add_jobs_option(command);
  session.add_timeout_options(command);
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return verify(session, *arguments); });
}

}  // namespace holdfast::cli
