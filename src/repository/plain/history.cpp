#include "repository/plain/history.hpp"

#include "holdfast/error.hpp"
#include "repository/format.hpp"
#include "repository/history.hpp"

namespace holdfast {

namespace {

void write_texts(JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name);
  out.begin_array();
  for (const std::string& text : texts) out.value(text);
  out.end_array();
}

void write_record(JsonWriter& out, const OperationRecord& record) {
  out.begin_object();
  out.member("id", record.id);
  out.member("operation", record.operation);
  write_texts(out, "sources", record.sources);
  out.member("series", record.series);
  write_texts(out, "backups", record.backups);
  out.member("where", record.where);
  out.member("started", format_time_micros(record.started));
  out.member("ended", format_time_micros(record.ended));
  out.member("microseconds", static_cast<std::uint64_t>(record.seconds * 1e6));
  out.member("outcome", to_string(record.outcome));
  out.member("error", record.error ? to_string(*record.error) : std::string_view());
  out.member("message", record.message);
  out.key("counts");
  out.begin_object();
  for (const auto& [name, count] : record.counts) out.member(name, count);
  out.end_object();
  out.end_object();
}

std::vector<std::string> texts_of(const Fields& fields, const char* key) {
  std::vector<std::string> texts;
  for (const nlohmann::json& text : fields.array(key)) {
    if (!text.is_string()) fields.fail("has something else than texts in '" + std::string(key) + "'");
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

OperationRecord record_of(const nlohmann::json& members, const std::string& object) {
  const Fields fields(members, object);
  OperationRecord record{.id = fields.text("id"),
                         .operation = fields.text("operation"),
                         .sources = texts_of(fields, "sources"),
                         .series = fields.text("series"),
                         .backups = texts_of(fields, "backups"),
                         .where = fields.text("where"),
                         .started = fields.time("started"),
                         .ended = fields.time("ended"),
                         .seconds = static_cast<double>(fields.number("microseconds")) / 1e6,
                         .message = fields.text("message")};
  const auto outcome = outcome_named(fields.text("outcome"));
  if (!outcome) fields.fail("has a record with an unknown outcome");
  record.outcome = *outcome;
  if (const std::string& code = fields.text("error"); !code.empty()) record.error = error_code_named(code).value_or(ErrorCode::internal);
  record.counts = fields.counts("counts");
  return record;
}

}  // namespace

Bytes seal_plain_history(const PlainPlace& place, const std::string& object, const std::vector<OperationRecord>& records, Random& random) {
  JsonWriter out = place.begin("history", object);
  out.member("written_by", written_by());
  out.key("records");
  out.begin_array();
  for (const OperationRecord& record : records) write_record(out, record);
  out.end_array();
  return place.seal(object, std::move(out), random);
}

std::vector<OperationRecord> open_plain_history(const PlainPlace& place, const std::string& object, ByteView stored) {
  const JsonTree members = place.unseal("history", object, stored);
  const Fields fields(*members, object);
  std::vector<OperationRecord> records;
  for (const nlohmann::json& record : fields.array("records")) records.push_back(record_of(record, object));
  return records;
}

}  // namespace holdfast
