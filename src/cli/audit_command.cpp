#include <memory>

#include "channel_input.hpp"
#include "format.hpp"
#include "holdfast/audit.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/locks.hpp"
#include "holdfast/notify.hpp"
#include "output.hpp"
#include "session.hpp"
#include "text_file.hpp"

namespace holdfast::cli {

namespace {

struct AuditArguments {
  std::string policy, file = "-", format = "jsonl", anchor_file, anchors_uri, keep, channel;
  std::vector<std::string> storage_options, channel_options, channel_secrets;
  AuditCheckOptions check;
  bool force = false;
};

int set_policy(Session& session, const AuditArguments& arguments) {
  const AuditPolicy policy = parse_audit_policy(arguments.policy);
  Repository repository = session.open_repository(Session::IndexCache::off);
  set_audit_policy(repository, policy, session.context());
  return session.confirm({{"policy", to_string(policy)}}, "the audit policy is " + to_string(policy) + "\n");
}

std::string about(const AuditRecord& record) {
  std::string text;
  for (const std::string& backup : record.backups) text += (text.empty() ? "" : " ") + backup;
  if (!record.where.empty()) text += (text.empty() ? "" : " ") + record.where;
  return printable(text);
}

int list_records(Session& session) {
  Repository repository = session.open_repository(Session::IndexCache::off);
  Json records = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const AuditRecord& record : audit_records(repository, session.context())) {
    records.push_back(document(record));
    rows.push_back({std::to_string(record.number), format_time(record.time), printable(record.principal), printable(record.host),
                    printable(record.action), printable(record.outcome), about(record)});
  }
  const std::string policy = to_string(audit_policy(repository, session.context()));
  if (rows.empty()) return session.finish({{"policy", policy}, {"records", records}}, "no audit records; the policy is " + policy + "\n");
  return session.finish({{"policy", policy}, {"records", records}}, format_table(rows, {0}));
}

std::string report_text(const AuditReport& report) {
  std::string text;
  for (const Fault& fault : report.faults) text += "FAULT " + printable(fault.object) + ": " + printable(fault.what) + "\n";
  text += count_of(report.records, "record");
  if (report.last != 0) text += ", " + std::to_string(report.first) + " to " + std::to_string(report.last);
  if (report.expired != 0) text += ", and " + format_count(report.expired) + " expired";
  text += report.ok() ? ": a chain without a gap, signed with " + report.public_key + "\n" : "\n";
  if (report.records != 0 && !report.key_known) text += "only the records themselves name that key: compare it, or give --public-key\n";
  if (!report.anchored) text += "nobody can tell whether newer records were removed: give --anchor\n";
  return text;
}

std::shared_ptr<Storage> anchor_storage(Session& session, const AuditArguments& arguments, IfMissing if_missing) {
  const Options options = session.storage_options_for(arguments.anchors_uri, arguments.storage_options);
  try {
    return open_storage(arguments.anchors_uri, options, if_missing, session.storage_host());
  } catch (const Error& error) {
    throw error.with_context("the storage of audit anchors");
  }
}

std::string stored_anchors(Session& session, Repository& repository, const AuditArguments& arguments) {
  const auto storage = anchor_storage(session, arguments, IfMissing::fail);
  const std::string anchors = read_audit_anchors(repository, *storage, session.context());
  if (!anchors.empty()) return anchors;
  throw Error(ErrorCode::not_found, storage->uri() + " has no audit anchor of " + repository.info().uri +
                                        ": put one there with 'audit anchor --to', or find out who removed them");
}

int verify_trail(Session& session, AuditArguments& arguments) {
  if (!arguments.anchor_file.empty()) arguments.check.anchor = read_text_file(arguments.anchor_file, "an audit anchor");
  Repository repository = session.open_repository(Session::IndexCache::off);
  if (!arguments.anchors_uri.empty()) arguments.check.anchor += stored_anchors(session, repository, arguments);
  const AuditReport report = verify_audit(repository, arguments.check, session.context());
  const int code =
      report.ok() ? session.confirm(document(report), report_text(report)) : session.finish(document(report), report_text(report));
  return report.ok() ? code : kFault;
}

int write_text(Session& session, const AuditArguments& arguments, const std::string& text, Json json) {
  if (arguments.file == "-") return session.finish(std::move(json), text);
  const std::unique_ptr<Writer> out = file_writer(arguments.file, arguments.force);
  out->write(as_bytes(text));
  out->commit();
  json["file"] = arguments.file;
  return session.confirm(std::move(json), "wrote " + printable(arguments.file) + "\n");
}

int put_anchor(Session& session, Repository& repository, const AuditArguments& arguments) {
  const auto storage = anchor_storage(session, arguments, IfMissing::create);
  const std::string text = put_audit_anchor(repository, *storage, session.context());
  const bool locks = locks_objects(*storage);
  return session.confirm({{"anchor", text}, {"storage", storage->uri()}, {"locked", locks}},
                         "put the anchor on " + printable(storage->uri()) +
                             (locks ? ", locked\n" : ", which locks no objects: who may remove objects there can remove it\n"));
}

int send_anchor(Session& session, Repository& repository, const AuditArguments& arguments) {
  const Channel channel = parse_channel("audit", arguments.channel, channel_options(arguments.channel_options, arguments.channel_secrets));
  const std::string text = send_audit_anchor(repository, channel, session.context());
  return session.confirm({{"anchor", text}, {"channel", arguments.channel}},
                         "the receiver accepted the anchor over " + arguments.channel + "\n");
}

int make_anchor_file(Session& session, const AuditArguments& arguments) {
  Repository repository = session.open_repository(Session::IndexCache::off);
  if (!arguments.anchors_uri.empty()) return put_anchor(session, repository, arguments);
  if (!arguments.channel.empty()) return send_anchor(session, repository, arguments);
  const std::string text = make_audit_anchor(repository, session.context());
  return write_text(session, arguments, text, {{"anchor", text}});
}

int export_records(Session& session, const AuditArguments& arguments) {
  const AuditFormat format = parse_audit_format(arguments.format);
  if (arguments.file == "-" && session.json()) throw Error(ErrorCode::invalid_argument, "--json and -o - both want standard output");
  Repository repository = session.open_repository(Session::IndexCache::off);
  const std::vector<AuditRecord> records = audit_records(repository, session.context());
  Bytes bytes;
  export_audit(records, format, *memory_writer(bytes));
  return write_text(session, arguments, std::string(as_text(bytes)), {{"format", arguments.format}, {"records", records.size()}});
}

int expire_records(Session& session, const AuditArguments& arguments) {
  const std::chrono::seconds keep = parse_duration(arguments.keep);
  Repository repository = session.open_repository(Session::IndexCache::off);
  const std::uint64_t removed = expire_audit(repository, session.context().now() - keep, session.context());
  return session.confirm({{"removed", removed}}, "removed " + count_of(removed, "record") + "\n");
}

using ArgumentsPtr = std::shared_ptr<AuditArguments>;

CLI::App& add_audit_action(CLI::App& audit, Session& session, const char* name, const char* help) {
  CLI::App& command = *audit.add_subcommand(name, help);
  session.add_repository_options(command);
  session.add_output_options(command);
  return command;
}

void add_file(CLI::App& command, AuditArguments& arguments) {
  command.add_option("-o,--output", arguments.file, "The file; default: -, standard output")->type_name("FILE");
  command.add_flag("--force", arguments.force, "Replace a file of that name");
}

CLI::Option* add_anchor_storage(CLI::App& command, AuditArguments& arguments, const char* name, const char* help) {
  command.add_option("--anchor-storage-option", arguments.storage_options, "Option of that storage (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  return command.add_option(name, arguments.anchors_uri, help)->type_name("URI");
}

}  // namespace

void add_audit(CLI::App& app, Session& session) {
  CLI::App& audit = *app.add_subcommand("audit", "Signed records of who did what to the repository, when and from where");
  audit.require_subcommand(1);
  const auto arguments = std::make_shared<AuditArguments>();

  CLI::App& setting = add_audit_action(audit, session, "set", "Tell the repository which records its operations owe");
  setting
      .add_option("policy", arguments->policy, "off; best_effort: after each operation; required: also before, and without them it fails")
      ->required()
      ->check(CLI::IsMember({"off", "best_effort", "required"}));
  session.on(setting, [&session, arguments] { return set_policy(session, *arguments); });

  CLI::App& listing = add_audit_action(audit, session, "list", "Show the records, oldest first");
  session.on(listing, [&session] { return list_records(session); });

  CLI::App& verifying = add_audit_action(audit, session, "verify", "Find records that were edited, removed, reordered, replayed or forked");
  verifying.add_option("--anchor", arguments->anchor_file, "Also find that the newest records after this anchor's were removed")
      ->type_name("FILE");
  add_anchor_storage(verifying, *arguments, "--anchors", "Also check all anchors that 'audit anchor --to' put on this storage");
  verifying.add_option("--public-key", arguments->check.public_key, "The key that all records must be signed with: 64 hex digits")
      ->type_name("HEX");
  session.on(verifying, [&session, arguments] { return verify_trail(session, *arguments); });

  CLI::App& anchoring = add_audit_action(audit, session, "anchor", "Print the name of the newest record, to keep elsewhere");
  add_file(anchoring, *arguments);
  CLI::Option* const to =
      add_anchor_storage(anchoring, *arguments, "--to", "Put it on this storage instead, as an object that is never overwritten")
          ->excludes("--output");
  anchoring.add_option("--send", arguments->channel, "Send it over a channel instead: webhook, email, command …")
      ->type_name("KIND")
      ->excludes("--output")
      ->excludes(to);
  add_channel_options(anchoring, arguments->channel_options, arguments->channel_secrets, "--option");
  add_channel_option_list(anchoring);
  session.on(anchoring, [&session, arguments] { return make_anchor_file(session, *arguments); });

  CLI::App& exporting = add_audit_action(audit, session, "export", "Write the records for another program");
  exporting.add_option("--format", arguments->format, "jsonl: JSON Lines; csv: RFC 4180; cef: Common Event Format; default: jsonl")
      ->check(CLI::IsMember({"jsonl", "csv", "cef"}));
  add_file(exporting, *arguments);
  session.on(exporting, [&session, arguments] { return export_records(session, *arguments); });

  CLI::App& expiring = add_audit_action(audit, session, "expire", "Remove the oldest records, and record that");
  expiring.add_option("--keep", arguments->keep, "Keep the records of this time, for example 400d")->required()->type_name("DURATION");
  session.on(expiring, [&session, arguments] { return expire_records(session, *arguments); });
}

}  // namespace holdfast::cli
