#include "convert.hpp"

#include <pybind11/stl.h>

#include <limits>
#include <string_view>

#include "holdfast/error.hpp"

namespace holdfast::python {

using namespace py::literals;

namespace {

py::object values(const char* name) { return py::module_::import("holdfast._values").attr(name); }
py::object replication(const char* name) { return py::module_::import("holdfast._replication").attr(name); }
py::object composed(const char* name) { return py::module_::import("holdfast._composed").attr(name); }

py::tuple texts(const std::vector<std::string>& lines) {
  py::tuple result(lines.size());
  for (std::size_t index = 0; index < lines.size(); ++index) result[index] = py::str(lines[index]);
  return result;
}

template <class T>
T field(const py::handle& object, const char* name) {
  return object.attr(name).cast<T>();
}

std::string text_field(const py::handle& object, const char* name) { return py::str(object.attr(name)); }

const char* name_of(VerifyLevel level) {
  switch (level) {
    case VerifyLevel::quick: return "quick";
    case VerifyLevel::full: return "full";
    case VerifyLevel::restore: return "restore";
  }
  return "";
}

const char* name_of(Finding::State state) {
  switch (state) {
    case Finding::State::ok: return "ok";
    case Finding::State::warning: return "warning";
    case Finding::State::missing: return "missing";
  }
  return "";
}

py::object to_python(const Fault& fault) { return values("Fault")("object"_a = fault.object, "what"_a = fault.what); }

py::object to_python(const QueryResult& query) {
  return values("QueryResult")("statement"_a = query.statement, "ok"_a = query.ok, "result"_a = query.result);
}

py::object to_python(const RetentionDecision& decision) {
  return values("RetentionDecision")("backup"_a = python::to_python(decision.backup),
                                     "action"_a = decision.action == RetentionAction::keep ? "keep" : "remove",
                                     "reasons"_a = texts(decision.reasons));
}

py::dict to_python(const Counts& counts) {
  py::dict named;
  for (const auto& [name, number] : counts) named[py::str(name)] = number;
  return named;
}

py::dict dropped_rows(const MaskReport& mask) {
  Counts dropped;
  for (const DroppedRows& item : mask.dropped) dropped[item.table] = item.rows;
  return to_python(dropped);
}

py::object to_python(const ProofReport& proof) {
  py::tuple faults(proof.faults.size()), queries(proof.queries.size());
  for (std::size_t index = 0; index < proof.faults.size(); ++index) faults[index] = to_python(proof.faults[index]);
  for (std::size_t index = 0; index < proof.queries.size(); ++index) queries[index] = to_python(proof.queries[index]);
  return values("Proof")("level"_a = to_string(proof.level), "counts"_a = to_python(proof.counts), "where"_a = proof.where,
                         "faults"_a = faults, "warnings"_a = texts(proof.warnings), "queries"_a = queries,
                         "masked"_a = to_tuple(proof.mask.columns), "dropped_rows"_a = dropped_rows(proof.mask),
                         "kept_rows"_a = to_tuple(proof.mask.kept));
}

py::object time_or_none(TimePoint time) { return time == TimePoint{} ? py::object(py::none()) : python::to_python(time); }

}  // namespace

py::object to_python(TimePoint time) { return values("moment")(time.time_since_epoch().count()); }

py::object to_python(const OperationRecord& record) {
  return values("OperationRecord")(
      "id"_a = record.id, "operation"_a = record.operation, "repository"_a = record.repository, "repository_id"_a = record.repository_id,
      "sources"_a = texts(record.sources), "series"_a = record.series, "backups"_a = texts(record.backups), "where"_a = record.where,
      "started"_a = python::to_python(record.started), "ended"_a = time_or_none(record.ended), "seconds"_a = record.seconds,
      "outcome"_a = to_string(record.outcome), "error"_a = record.error ? std::string(to_string(*record.error)) : "",
      "message"_a = record.message, "counts"_a = to_python(record.counts));
}

py::object to_python(const Event& event) {
  return values("Event")("kind"_a = to_string(event.kind), "message"_a = event.message, "object"_a = event.object,
                         "bytes_done"_a = event.bytes_done, "bytes_total"_a = event.bytes_total, "bytes_stored"_a = event.bytes_stored,
                         "fields"_a = std::map<std::string, std::string>(event.fields.begin(), event.fields.end()),
                         "operation"_a = event.operation, "record"_a = event.record ? to_python(*event.record) : py::none());
}

py::object to_python(const SourceRecord& source) {
  return values("SourceRecord")("uri"_a = source.uri, "driver"_a = source.driver, "name"_a = source.name,
                                "instant"_a = time_or_none(source.instant), "notes"_a = source.notes);
}

py::object to_python(const EntryRecord& entry) {
  return values("Entry")("name"_a = entry.name, "kind"_a = entry.kind, "source"_a = entry.source, "plain_bytes"_a = entry.plain_bytes,
                         "stored_bytes"_a = entry.stored_bytes, "content_hash"_a = entry.content_hash,
                         "transforms"_a = texts(entry.transforms), "object"_a = entry.object, "attributes"_a = entry.attributes,
                         "restore_with"_a = entry.restore_with, "restore_order"_a = entry.restore_order);
}

py::object failed_or_none(const std::optional<FailedProof>& failed) {
  if (!failed) return py::none();
  return values("FailedProof")("time"_a = to_python(failed->time), "level"_a = to_string(failed->level), "faults"_a = failed->faults,
                               "first"_a = texts(failed->first));
}

py::object to_python(const BackupInfo& backup) {
  return values("Backup")("id"_a = backup.id, "time"_a = time_or_none(backup.time), "finished"_a = time_or_none(backup.finished),
                          "sources"_a = to_tuple(backup.sources), "series"_a = series_of(backup), "tags"_a = backup.tags,
                          "entries"_a = backup.entries, "plain_bytes"_a = backup.plain_bytes, "stored_bytes"_a = backup.stored_bytes,
                          "level"_a = to_string(backup.level), "proven"_a = time_or_none(backup.proven),
                          "failed"_a = failed_or_none(backup.failed), "damage"_a = backup.damage);
}

py::object to_python(const Manifest& manifest) {
  return values("Manifest")("id"_a = manifest.id, "started"_a = to_python(manifest.started), "finished"_a = to_python(manifest.finished),
                            "written_by"_a = manifest.written_by, "tags"_a = manifest.tags, "sources"_a = to_tuple(manifest.sources),
                            "entries"_a = to_tuple(manifest.entries));
}

py::object to_python(const RepositoryInfo& info) {
  return values("RepositoryInfo")("uri"_a = info.uri, "id"_a = info.id, "layout"_a = info.layout == LayoutKind::packed ? "packed" : "plain",
                                  "version"_a = info.version, "encrypted"_a = info.encrypted, "created"_a = to_python(info.created));
}

py::object to_python(const LeftOut& item) {
  return values("LeftOut")("object"_a = item.object, "statement"_a = item.statement, "reason"_a = item.reason, "instead"_a = item.instead);
}

py::object to_python(const MaskedColumn& column) {
  return values("MaskedColumn")("table"_a = column.table, "column"_a = column.column, "rule"_a = column.rule, "values"_a = column.values);
}

py::object to_python(const KeptRows& kept) {
  return values("KeptRows")("table"_a = kept.table, "chosen"_a = kept.chosen, "referred"_a = kept.referred);
}

py::object to_python(const RestoreReport& report) {
  return values("RestoreReport")("entries"_a = report.entries, "bytes"_a = report.bytes, "counts"_a = to_python(report.counts),
                                 "where"_a = report.where, "warnings"_a = texts(report.warnings), "left_out"_a = to_tuple(report.left_out),
                                 "masked"_a = to_tuple(report.mask.columns), "dropped_rows"_a = dropped_rows(report.mask),
                                 "kept_rows"_a = to_tuple(report.mask.kept));
}

py::tuple to_python(const std::vector<Fault>& faults) {
  py::tuple list(faults.size());
  for (std::size_t index = 0; index < faults.size(); ++index) list[index] = to_python(faults[index]);
  return list;
}

py::object to_python(const VerifyReport& report) {
  const bool proof = report.level == VerifyLevel::restore && report.faults.empty();
  return values("VerifyReport")("id"_a = report.id, "level"_a = name_of(report.level), "objects"_a = report.objects,
                                "bytes"_a = report.bytes, "seconds"_a = report.seconds, "faults"_a = to_python(report.faults),
                                "proof"_a = proof ? to_python(report.proof) : py::object(py::none()));
}

py::object to_python(const RetentionPlan& plan) {
  py::tuple decisions(plan.decisions.size());
  for (std::size_t index = 0; index < plan.decisions.size(); ++index) decisions[index] = to_python(plan.decisions[index]);
  return values("RetentionPlan")("decisions"_a = decisions);
}

py::object to_python(const GarbageReport& report) {
  return values("GarbageReport")("backups"_a = report.backups, "marked_packs"_a = report.marked_packs,
                                 "marked_bytes"_a = report.marked_bytes, "removed_packs"_a = report.removed_packs,
                                 "removed_bytes"_a = report.removed_bytes, "copied_chunks"_a = report.copied_chunks,
                                 "leftovers"_a = report.leftovers, "waiting"_a = report.waiting);
}

py::object to_python(const BackupDiff& diff) {
  return values("BackupDiff")("added"_a = to_tuple(diff.added), "removed"_a = to_tuple(diff.removed), "changed"_a = to_tuple(diff.changed),
                              "unchanged"_a = diff.unchanged);
}

py::object to_python(const KeySlot& slot) { return values("KeySlot")("id"_a = slot.id, "kind"_a = slot.kind, "damage"_a = slot.damage); }

py::object to_python(const ObjectInfo& info) {
  return values("ObjectInfo")("name"_a = info.name, "size"_a = info.size, "modified"_a = to_python(info.modified));
}

py::object to_python(const ReplicaStatus& status) {
  return composed("ReplicaStatus")("state"_a = to_string(status.state), "id"_a = status.id, "uri"_a = status.uri, "why"_a = status.why);
}

py::object to_python(const ReplicaRepairReport& report) {
  return composed("ReplicaRepairReport")("copied_objects"_a = report.copied_objects, "copied_bytes"_a = report.copied_bytes,
                                         "removed_objects"_a = report.removed_objects, "replaced_objects"_a = report.replaced_objects,
                                         "problems"_a = texts(report.problems), "copies"_a = to_tuple(report.copies));
}

py::object to_python(const Replicated& one) {
  return replication("Replicated")("backup"_a = one.backup, "copy"_a = one.copy ? to_python(*one.copy) : py::object(py::none()),
                                   "error"_a = one.error);
}

py::object to_python(const ReplicationReport& report) {
  return replication("ReplicationReport")("copied"_a = to_tuple(report.copied), "failed"_a = to_tuple(report.failed),
                                          "present"_a = report.present);
}

py::object to_python(const TierReport& report) {
  return composed("TierReport")("moved_objects"_a = report.moved_objects, "moved_bytes"_a = report.moved_bytes);
}

py::object to_python(const Finding& finding) {
  return values("Finding")("state"_a = name_of(finding.state), "what"_a = finding.what, "detail"_a = finding.detail);
}

py::object to_python(const OptionSpec& option) {
  constexpr std::int64_t kNoMaximum = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> calls;
  for (const DriverCall call : option.calls) calls.emplace_back(to_string(call));
  return values("DriverOption")(
      "name"_a = option.name, "type"_a = std::string(to_string(option.type)), "default"_a = option.default_value, "help"_a = option.help,
      "choices"_a = py::tuple(py::cast(option.choices)), "calls"_a = py::tuple(py::cast(calls)), "minimum"_a = option.minimum,
      "maximum"_a = option.maximum == kNoMaximum ? py::object(py::none()) : py::int_(option.maximum), "secret"_a = option.secret);
}

// Counts of a report made by Python code.
static Counts counts_from(const py::handle& report) {
  Counts counts;
  const py::dict named(report.attr("counts"));  // keeps the order
  for (const auto& [name, number] : named) counts[name.cast<std::string>()] = number.cast<std::uint64_t>();
  return counts;
}

ProofReport proof_from(const py::handle& proof) {
  ProofReport report;
  report.level = parse_proof_level(text_field(proof, "level"));
  report.counts = counts_from(proof);
  report.where = field<std::string>(proof, "where");
  for (const py::handle& fault : proof.attr("faults")) {
    report.faults.push_back({field<std::string>(fault, "object"), field<std::string>(fault, "what")});
  }
  report.warnings = field<std::vector<std::string>>(proof, "warnings");
  for (const py::handle& query : proof.attr("queries")) {
    report.queries.push_back({field<std::string>(query, "statement"), field<bool>(query, "ok"), field<std::string>(query, "result")});
  }
  return report;
}

TimePoint time_from(const py::handle& moment) {
  return TimePoint(std::chrono::microseconds(values("micros")(moment).cast<std::int64_t>()));
}

BackupInfo backup_from(const py::handle& backup) {
  BackupInfo info;
  info.id = field<std::string>(backup, "id");
  info.damage = field<std::string>(backup, "damage");
  if (!info.damage.empty()) return info;
  info.time = time_from(backup.attr("time"));
  for (const py::handle& source : backup.attr("sources")) {
    info.sources.push_back({.uri = field<std::string>(source, "uri"),
                            .driver = field<std::string>(source, "driver"),
                            .name = field<std::string>(source, "name")});
  }
  info.tags = field<Notes>(backup, "tags");
  info.stored_bytes = field<std::uint64_t>(backup, "stored_bytes");
  info.level = parse_proof_level(text_field(backup, "level"));
  if (!backup.attr("finished").is_none()) info.finished = time_from(backup.attr("finished"));
  info.entries = field<std::uint64_t>(backup, "entries");
  info.plain_bytes = field<std::uint64_t>(backup, "plain_bytes");
  if (!backup.attr("proven").is_none()) info.proven = time_from(backup.attr("proven"));
  if (const py::object failed = backup.attr("failed"); !failed.is_none()) {
    info.failed = FailedProof{.time = time_from(failed.attr("time")),
                              .level = parse_proof_level(text_field(failed, "level")),
                              .faults = field<std::uint64_t>(failed, "faults"),
                              .first = field<std::vector<std::string>>(failed, "first")};
  }
  return info;
}

ObjectInfo object_from(const py::handle& info) {
  return {
      .name = field<std::string>(info, "name"), .size = field<std::uint64_t>(info, "size"), .modified = time_from(info.attr("modified"))};
}

SourceInfo source_from(const py::handle& info) {
  SourceInfo source;
  source.record.name = field<std::string>(info, "name");
  source.record.uri = field<std::string>(info, "uri");
  source.record.driver = field<std::string>(info, "driver");
  source.record.notes = field<Notes>(info, "notes");
  source.size_estimate = field<std::uint64_t>(info, "size_estimate");
  source.single_stream = field<bool>(info, "single_stream");
  source.compression = field<std::string>(info, "compression");
  return source;
}

RetentionPolicy policy_from(const py::handle& policy) {
  RetentionPolicy result;
  result.keep_last = field<std::uint32_t>(policy, "keep_last");
  result.keep_within = std::chrono::seconds(values("seconds")(policy.attr("keep_within")).cast<std::int64_t>());
  result.keep_hourly = field<std::uint32_t>(policy, "keep_hourly");
  result.keep_daily = field<std::uint32_t>(policy, "keep_daily");
  result.keep_weekly = field<std::uint32_t>(policy, "keep_weekly");
  result.keep_monthly = field<std::uint32_t>(policy, "keep_monthly");
  result.keep_yearly = field<std::uint32_t>(policy, "keep_yearly");
  result.keep_tags = field<std::vector<std::string>>(policy, "keep_tags");
  result.minimum = field<std::uint32_t>(policy, "minimum");
  result.minimum_level = parse_proof_level(text_field(policy, "minimum_level"));
  result.utc_offset = std::chrono::minutes(values("seconds")(policy.attr("utc_offset")).cast<std::int64_t>() / 60);
  result.per_series = field<bool>(policy, "per_series");
  return result;
}

RestoreReport restore_report_from(const py::handle& report) {
  std::vector<LeftOut> left_out;
  for (const py::handle item : report.attr("left_out")) {
    left_out.push_back({field<std::string>(item, "object"), field<std::string>(item, "statement"), field<std::string>(item, "reason"),
                        field<std::string>(item, "instead")});
  }
  return {.entries = field<std::uint64_t>(report, "entries"),
          .bytes = field<std::uint64_t>(report, "bytes"),
          .counts = counts_from(report),
          .where = field<std::string>(report, "where"),
          .warnings = field<std::vector<std::string>>(report, "warnings"),
          .left_out = std::move(left_out)};
}

VerifyLevel verify_level_from(const std::string& text) {
  for (const VerifyLevel level : {VerifyLevel::quick, VerifyLevel::full, VerifyLevel::restore}) {
    if (text == name_of(level)) return level;
  }
  throw Error(ErrorCode::invalid_argument, "level '" + text + "' is not one of quick, full, restore");
}

LayoutKind layout_from(const std::string& text) {
  if (text == "packed") return LayoutKind::packed;
  if (text == "plain") return LayoutKind::plain;
  throw Error(ErrorCode::invalid_argument, "layout '" + text + "' is neither packed nor plain");
}

BackupOptions backup_options_from(const py::dict& options) {
  BackupOptions result;
  result.tags = options["tags"].cast<Notes>();
  result.compression = options["compression"].cast<std::string>();
  result.decode_check = options["decode_check"].cast<bool>();
  result.selection =
      selection_from(options["include"].cast<std::vector<std::string>>(), options["exclude"].cast<std::vector<std::string>>());
  result.driver = options["driver_options"].cast<Options>();
  result.transforms = options["transforms"].cast<std::vector<std::string>>();
  return result;
}

std::optional<MaskOptions> mask_from(const py::object& rules, const py::object& key) {
  if (rules.is_none() && key.is_none()) return std::nullopt;
  if (rules.is_none()) throw Error(ErrorCode::invalid_argument, "mask_key is the key of a mask: give mask, too");
  MaskOptions mask{.rules = rules.cast<std::string>(), .name = "mask"};
  if (!key.is_none()) mask.key = Secret(as_bytes(std::string_view(key.cast<py::bytes>())));
  return mask;
}

RestoreOptions restore_options_from(const py::dict& options) {
  return {
      .source = options["source"].cast<std::string>(),
      .selection = selection_from(options["include"].cast<std::vector<std::string>>(), options["exclude"].cast<std::vector<std::string>>()),
      .owner = options["owner"].cast<bool>(),
      .privileges = options["privileges"].cast<bool>(),
      .role_map = options["role_map"].cast<std::map<std::string, std::string>>(),
      .untrusted = options["untrusted"].cast<bool>(),
      .strict = options["strict"].cast<bool>(),
      .resume = options["resume"].cast<bool>(),
      .mask = mask_from(options["mask"], options["mask_key"]),
      .driver = options["driver_options"].cast<Options>()};
}

Selection selection_from(std::vector<std::string> include, std::vector<std::string> exclude) {
  return {.include = std::move(include), .exclude = std::move(exclude)};
}

std::optional<Key> key_from(const py::object& password, const py::object& raw) {
  if (!password.is_none() && !raw.is_none()) throw Error(ErrorCode::invalid_argument, "give a password or a raw key, not both");
  const auto secret = [](const py::object& given) {
    const auto bytes = given.cast<py::bytes>();
    return Secret(as_bytes(std::string_view(bytes)));
  };
  if (!password.is_none()) return passphrase(secret(password));
  if (!raw.is_none()) return raw_key(secret(raw));
  return std::nullopt;
}

}  // namespace holdfast::python
