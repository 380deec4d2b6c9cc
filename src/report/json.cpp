#include "holdfast/pipeline.hpp"
#include "holdfast/report.hpp"
#include "holdfast/sql_text.hpp"
#include "report/document_parts.hpp"

namespace holdfast {

namespace {

struct Documents : DocumentParts<Documents> {
  using DocumentParts<Documents>::write;

  template <typename Fields>
  static void write_pairs(JsonWriter& out, const Fields& fields) {
    out.begin_object();
    for (const auto& [key, value] : fields) member(out, key, value);
    out.end_object();
  }
  static void write(JsonWriter& out, const Notes& notes) { write_pairs(out, notes); }
  static void write(JsonWriter& out, const Counts& counts) { write_pairs(out, counts); }

  static void write(JsonWriter& out, const RepositoryInfo& info) {
    out.begin_object();
    member(out, "uri", info.uri);
    member(out, "id", info.id);
    member(out, "layout", info.layout == LayoutKind::plain ? "plain" : "packed");
    member(out, "version", static_cast<std::uint64_t>(info.version));
    member(out, "encrypted", info.encrypted);
    member(out, "created", info.created);
    out.end_object();
  }

  static void write(JsonWriter& out, const SourceRecord& source) {
    out.begin_object();
    member(out, "uri", source.uri);
    member(out, "driver", source.driver);
    member(out, "name", source.name);
    member(out, "instant", source.instant);
    member(out, "notes", source.notes);
    out.end_object();
  }

  static void write(JsonWriter& out, const std::optional<FailedProof>& failed) {
    if (!failed) return out.null();
    out.begin_object();
    member(out, "time", failed->time);
    member(out, "level", to_string(failed->level));
    member(out, "faults", failed->faults);
    member(out, "first", failed->first);
    out.end_object();
  }

  static void write(JsonWriter& out, const BackupInfo& backup) {
    out.begin_object();
    member(out, "id", backup.id);
    member(out, "time", backup.time);
    member(out, "finished", backup.finished);
    member(out, "sources", backup.sources);
    member(out, "series", series_of(backup));
    member(out, "tags", backup.tags);
    member(out, "entries", backup.entries);
    member(out, "size_bytes", backup.plain_bytes);
    member(out, "stored_bytes", backup.stored_bytes);
    member(out, "level", to_string(backup.level));
    member(out, "proven", backup.proven);
    member(out, "failed", backup.failed);
    text_or_null(out, "damage", backup.damage);
    out.end_object();
  }

  static void write(JsonWriter& out, const EntryRecord& entry) {
    out.begin_object();
    member(out, "name", entry.name);
    member(out, "kind", entry.kind);
    member(out, "source", std::uint64_t{entry.source});
    member(out, "size_bytes", entry.plain_bytes);
    member(out, "stored_bytes", entry.stored_bytes);
    member(out, "content_hash", entry.content_hash);
    member(out, "transforms", entry.transforms);
    member(out, "object", entry.object);
    member(out, "object_sha256", entry.object_sha256);
    member(out, "attributes", entry.attributes);
    out.end_object();
  }

  static void write(JsonWriter& out, const Manifest& manifest) {
    out.begin_object();
    member(out, "id", manifest.id);
    member(out, "time", manifest.started);
    member(out, "finished", manifest.finished);
    member(out, "written_by", manifest.written_by);
    member(out, "tags", manifest.tags);
    member(out, "sources", manifest.sources);
    member(out, "entries", manifest.entries);
    out.end_object();
  }

  static void write(JsonWriter& out, const BackupDiff& diff) {
    out.begin_object();
    member(out, "added", diff.added);
    member(out, "removed", diff.removed);
    member(out, "changed", diff.changed);
    member(out, "unchanged", diff.unchanged);
    out.end_object();
  }

  // The counts `tables` and `rows` are members of the report as well: programs read them there before drivers named
  // their counts.
  static void write_counts(JsonWriter& out, const Counts& counts) {
    for (const std::string_view name : {"tables", "rows"}) member(out, name, counts.of(name));
    member(out, "counts", counts);
  }

  static void write(JsonWriter& out, const LeftOut& item) {
    out.begin_object();
    member(out, "object", item.object);
    member(out, "statement", item.statement);
    member(out, "reason", item.reason);
    member(out, "instead", item.instead);
    out.end_object();
  }

  static void write(JsonWriter& out, const RestoreReport& report) {
    out.begin_object();
    member(out, "where", report.where);
    member(out, "entries", report.entries);
    member(out, "bytes", report.bytes);
    write_counts(out, report.counts);
    member(out, "warnings", report.warnings);
    member(out, "left_out", report.left_out);
    write_mask(out, report.mask);
    out.end_object();
  }

  static void write_mask(JsonWriter& out, const MaskReport& mask) {
    member(out, "masked", mask.columns);
    member(out, "dropped_rows", mask.dropped);
    member(out, "kept_rows", mask.kept);
  }

  static void write(JsonWriter& out, const KeptRows& kept) {
    out.begin_object();
    member(out, "table", kept.table);
    member(out, "chosen", kept.chosen);
    member(out, "referred", kept.referred);
    out.end_object();
  }

  static void write(JsonWriter& out, const MaskedColumn& column) {
    out.begin_object();
    member(out, "table", column.table);
    member(out, "column", column.column);
    member(out, "rule", column.rule);
    member(out, "values", column.values);
    out.end_object();
  }

  static void write(JsonWriter& out, const DroppedRows& dropped) {
    out.begin_object();
    member(out, "table", dropped.table);
    member(out, "rows", dropped.rows);
    out.end_object();
  }

  static void write(JsonWriter& out, const MaskCheck& check) {
    out.begin_object();
    member(out, "ok", check.ok());
    member(out, "tables", check.tables);
    member(out, "faults", check.faults);
    member(out, "masked", check.columns);
    member(out, "subsets", check.subsets);
    out.end_object();
  }

  static void write(JsonWriter& out, const SubsetTable& subset) {
    out.begin_object();
    member(out, "table", subset.table);
    member(out, "rows", subset.rows);
    member(out, "chosen", subset.chosen);
    out.end_object();
  }

  static void write(JsonWriter& out, const QueryResult& query) {
    out.begin_object();
    member(out, "statement", query.statement);
    member(out, "ok", query.ok);
    member(out, "result", query.result);
    out.end_object();
  }

  static void write(JsonWriter& out, const ProofReport& proof) {
    out.begin_object();
    member(out, "level", to_string(proof.level));
    write_counts(out, proof.counts);
    member(out, "where", proof.where);
    member(out, "faults", proof.faults);
    member(out, "warnings", proof.warnings);
    member(out, "queries", proof.queries);
    write_mask(out, proof.mask);
    out.end_object();
  }

  static void write(JsonWriter& out, const VerifyReport& report) {
    out.begin_object();
    text_or_null(out, "backup", report.id);
    member(out, "ok", report.ok());
    member(out, "level", to_string(report.level));
    member(out, "objects", report.objects);
    member(out, "bytes", report.bytes);
    member(out, "seconds", report.seconds);
    member(out, "faults", report.faults);
    out.key("proof");
    if (report.level == VerifyLevel::restore) {
      write(out, report.proof);
    } else {
      out.null();
    }
    out.end_object();
  }

  static void write(JsonWriter& out, const RetentionDecision& decision) {
    out.begin_object();
    member(out, "backup", decision.backup.id);
    member(out, "time", decision.backup.time);
    member(out, "action", decision.action == RetentionAction::keep ? "keep" : "remove");
    member(out, "stored_bytes", decision.backup.stored_bytes);
    member(out, "reasons", decision.reasons);
    out.end_object();
  }

  static void write(JsonWriter& out, const RetentionPlan& plan) {
    out.begin_object();
    member(out, "removed", std::uint64_t{plan.removed()});
    member(out, "freed_bytes", plan.freed_bytes());
    member(out, "decisions", plan.decisions);
    out.end_object();
  }

  static void write(JsonWriter& out, const GarbageReport& report) { write(out, counts_of(report)); }
  static void write(JsonWriter& out, const RepairReport& report) { write(out, counts_of(report)); }

  static void write(JsonWriter& out, const ReplicaStatus& copy) {
    out.begin_object();
    member(out, "uri", copy.uri);
    member(out, "id", copy.id);
    member(out, "state", to_string(copy.state));
    member(out, "why", copy.why);
    out.end_object();
  }

  static void write(JsonWriter& out, const ReplicaRepairReport& report) {
    out.begin_object();
    member(out, "copied_objects", report.copied_objects);
    member(out, "copied_bytes", report.copied_bytes);
    member(out, "removed_objects", report.removed_objects);
    member(out, "replaced_objects", report.replaced_objects);
    member(out, "problems", report.problems);
    member(out, "copies", report.copies);
    out.end_object();
  }

  static void write(JsonWriter& out, const TierReport& report) {
    out.begin_object();
    member(out, "moved_objects", report.moved_objects);
    member(out, "moved_bytes", report.moved_bytes);
    out.end_object();
  }

  static void write(JsonWriter& out, const Replicated& one) {
    out.begin_object();
    member(out, "backup", one.backup);
    out.key("copy");
    if (one.copy) {
      write(out, *one.copy);
    } else {
      out.null();
    }
    member(out, "error", one.error);
    out.end_object();
  }

  static void write(JsonWriter& out, const ReplicationReport& report) {
    out.begin_object();
    member(out, "copied", report.copied);
    member(out, "failed", report.failed);
    member(out, "present", report.present);
    out.end_object();
  }

  static void write(JsonWriter& out, const SqlFailure& failure) {
    out.begin_object();
    member(out, "kind", to_string(failure.kind));
    member(out, "line", failure.line);
    member(out, "statement", failure.statement);
    member(out, "reason", failure.reason);
    out.end_object();
  }

  static void write(JsonWriter& out, const SqlLoadReport& report) {
    out.begin_object();
    member(out, "ok", report.ok());
    member(out, "complete", report.complete);
    member(out, "statements", report.statements);
    member(out, "rows", report.rows);
    member(out, "bytes", report.bytes);
    member(out, "failed", report.failed);
    member(out, "failures", report.failures);
    out.end_object();
  }

  static void write(JsonWriter& out, const PipelineReport& report) {
    out.begin_object();
    member(out, "bytes_in", report.bytes_in);
    member(out, "bytes_out", report.bytes_out);
    out.end_object();
  }

  static void write(JsonWriter& out, const KeySlot& key) {
    out.begin_object();
    member(out, "id", key.id);
    member(out, "kind", key.kind);
    member(out, "damage", key.damage);
    out.end_object();
  }

  static const char* state_text(Finding::State state) {
    switch (state) {
      case Finding::State::ok: return "ok";
      case Finding::State::warning: return "warning";
      case Finding::State::missing: return "missing";
    }
    return "unknown";
  }

  static void write(JsonWriter& out, const Finding& finding) {
    out.begin_object();
    member(out, "state", state_text(finding.state));
    member(out, "what", finding.what);
    member(out, "detail", finding.detail);
    out.end_object();
  }

  static void write_error(JsonWriter& out, ErrorCode code, const std::string& message) {
    out.begin_object();
    member(out, "code", to_string(code));
    member(out, "message", message);
    out.end_object();
  }

  static void write(JsonWriter& out, const OperationRecord& record) {
    out.begin_object();
    member(out, "id", record.id);
    member(out, "operation", record.operation);
    member(out, "repository", record.repository);
    member(out, "repository_id", record.repository_id);
    member(out, "sources", record.sources);
    member(out, "series", record.series);
    member(out, "backups", record.backups);
    member(out, "where", record.where);
    member(out, "started", record.started);
    member(out, "ended", record.ended);
    member(out, "seconds", record.seconds);
    member(out, "outcome", to_string(record.outcome));
    out.key("error");
    if (record.error) {
      write_error(out, *record.error, record.message);
    } else {
      out.null();
    }
    member(out, "counts", record.counts);
    out.end_object();
  }

  static void write(JsonWriter& out, const Event& event) {
    out.begin_object();
    member(out, "event", to_string(event.kind));
    member(out, "message", event.message);
    member(out, "object", event.object);
    member(out, "bytes_done", event.bytes_done);
    member(out, "bytes_total", event.bytes_total);
    member(out, "bytes_stored", event.bytes_stored);
    member(out, "operation", event.operation);
    if (!event.fields.empty()) {
      out.key("fields");
      write_pairs(out, event.fields);
    }
    if (event.record) member(out, "record", *event.record);
    out.end_object();
  }

  static void write(JsonWriter& out, const Error& error) { write_error(out, error.code(), error.message()); }
};

}  // namespace

Counts counts_of(const GarbageReport& report) {
  return {{"removed_packs", report.removed_packs},
          {"removed_bytes", report.removed_bytes},
          {"marked_packs", report.marked_packs},
          {"marked_bytes", report.marked_bytes},
          {"backups", report.backups},
          {"copied_chunks", report.copied_chunks},
          {"leftovers", report.leftovers},
          {"waiting", report.waiting}};
}

Counts counts_of(const RepairReport& report) {
  return {{"indexed_packs", report.indexed_packs},
          {"removed_segments", report.removed_segments},
          {"unreadable_packs", report.unreadable_packs}};
}

std::string to_json(const RepositoryInfo& info) { return Documents::json_of(info); }
std::string to_json(const SourceRecord& source) { return Documents::json_of(source); }
std::string to_json(const BackupInfo& backup) { return Documents::json_of(backup); }
std::string to_json(const std::vector<BackupInfo>& backups) { return Documents::json_of(backups); }
std::string to_json(const EntryRecord& entry) { return Documents::json_of(entry); }
std::string to_json(const Manifest& manifest) { return Documents::json_of(manifest); }
std::string to_json(const BackupDiff& diff) { return Documents::json_of(diff); }
std::string to_json(const RestoreReport& report) { return Documents::json_of(report); }
std::string to_json(const MaskCheck& check) { return Documents::json_of(check); }
std::string to_json(const VerifyReport& report) { return Documents::json_of(report); }
std::string to_json(const std::vector<VerifyReport>& reports) { return Documents::json_of(reports); }
std::string to_json(const RetentionDecision& decision) { return Documents::json_of(decision); }
std::string to_json(const RetentionPlan& plan) { return Documents::json_of(plan); }
std::string to_json(const GarbageReport& report) { return Documents::json_of(report); }
std::string to_json(const RepairReport& report) { return Documents::json_of(report); }
std::string to_json(const ReplicaStatus& copy) { return Documents::json_of(copy); }
std::string to_json(const ReplicaRepairReport& report) { return Documents::json_of(report); }
std::string to_json(const TierReport& report) { return Documents::json_of(report); }
std::string to_json(const ReplicationReport& report) { return Documents::json_of(report); }
std::string to_json(const SqlLoadReport& report) { return Documents::json_of(report); }
std::string to_json(const std::vector<QueryResult>& results) { return Documents::json_of(results); }
std::string to_json(const PipelineReport& report) { return Documents::json_of(report); }
std::string to_json(const KeySlot& key) { return Documents::json_of(key); }
std::string to_json(const Finding& finding) { return Documents::json_of(finding); }
std::string to_json(const Event& event) { return Documents::json_of(event); }
std::string to_json(const OperationRecord& record) { return Documents::json_of(record); }
std::string to_json(const Error& error) { return Documents::json_of(error); }

}  // namespace holdfast
