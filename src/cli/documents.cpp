#include "documents.hpp"

namespace holdfast::cli {

namespace {

Json time_or_null(TimePoint time) { return time == TimePoint{} ? Json(nullptr) : Json(format_time_micros(time)); }

Json notes(const Notes& notes) {
  Json json = Json::object();
  for (const auto& [key, value] : notes) json[key] = value;
  return json;
}

}  // namespace

static Json document(const Fault& fault) { return {{"object", fault.object}, {"what", fault.what}}; }
static Json document(const QueryResult& query) { return {{"statement", query.statement}, {"ok", query.ok}, {"result", query.result}}; }

template <typename Items>
static Json list(const Items& items) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(document(item));
  return json;
}

static Json document(const ProofReport& proof) {
  return {{"level", to_string(proof.level)},
          {"tables", proof.tables},
          {"rows", proof.rows},
          {"where", proof.where},
          {"faults", list(proof.faults)},
          {"warnings", proof.warnings},
          {"queries", list(proof.queries)}};
}

Json document(const RepositoryInfo& info) {
  return {{"uri", info.uri},
          {"id", info.id},
          {"layout", info.layout == LayoutKind::plain ? "plain" : "packed"},
          {"version", info.version},
          {"encrypted", info.encrypted},
          {"created", time_or_null(info.created)}};
}

Json document(const SourceRecord& source) {
  return {{"uri", source.uri},
          {"driver", source.driver},
          {"name", source.name},
          {"instant", time_or_null(source.instant)},
          {"notes", notes(source.notes)}};
}

Json document(const BackupInfo& backup) {
  return {{"id", backup.id},
          {"time", time_or_null(backup.time)},
          {"finished", time_or_null(backup.finished)},
          {"sources", list(backup.sources)},
          {"tags", notes(backup.tags)},
          {"entries", backup.entries},
          {"size_bytes", backup.plain_bytes},
          {"stored_bytes", backup.stored_bytes},
          {"level", to_string(backup.level)},
          {"proven", time_or_null(backup.proven)},
          {"damage", backup.damage.empty() ? Json(nullptr) : Json(backup.damage)}};
}

Json document(const EntryRecord& entry) {
  return {{"name", entry.name},
          {"kind", entry.kind},
          {"source", entry.source},
          {"size_bytes", entry.plain_bytes},
          {"stored_bytes", entry.stored_bytes},
          {"content_hash", entry.content_hash},
          {"transforms", entry.transforms},
          {"object", entry.object},
          {"object_sha256", entry.object_sha256},
          {"attributes", notes(entry.attributes)}};
}

Json document(const RestoreReport& report) {
  return {{"where", report.where},   {"entries", report.entries}, {"bytes", report.bytes},
          {"tables", report.tables}, {"rows", report.rows},       {"warnings", report.warnings}};
}

Json document(const VerifyReport& report) {
  return {{"backup", report.id.empty() ? Json(nullptr) : Json(report.id)},
          {"ok", report.ok()},
          {"level", to_string(report.level)},
          {"objects", report.objects},
          {"bytes", report.bytes},
          {"seconds", report.seconds},
          {"faults", list(report.faults)},
          {"proof", report.level == VerifyLevel::restore ? document(report.proof) : Json(nullptr)}};
}

Json document(const RetentionDecision& decision) {
  return {{"backup", decision.backup.id},
          {"time", time_or_null(decision.backup.time)},
          {"action", decision.action == RetentionAction::keep ? "keep" : "remove"},
          {"stored_bytes", decision.backup.stored_bytes},
          {"reasons", decision.reasons}};
}

Json document(const ReplicaStatus& copy) {
  return {{"uri", copy.uri}, {"id", copy.id}, {"state", to_string(copy.state)}, {"why", copy.why}};
}

Json document(const Error& error) { return {{"code", holdfast::to_string(error.code())}, {"message", error.message()}}; }

std::string to_string(VerifyLevel level) {
  switch (level) {
    case VerifyLevel::quick: return "quick";
    case VerifyLevel::full: return "full";
    case VerifyLevel::restore: return "restore";
  }
  return "unknown";
}

std::string one_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace holdfast::cli
