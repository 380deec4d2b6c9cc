#include "repository/packed/packed_history.hpp"

#include <map>

#include "holdfast/error.hpp"
#include "repository/format.hpp"
#include "repository/history.hpp"
#include "repository/packed/cbor.hpp"

namespace holdfast {

namespace {

void write_texts(CborWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).list(texts.size());
  for (const std::string& text : texts) out.text(text);
}

void write_record(CborWriter& out, const OperationRecord& record) {
  out.map(13);
  write_texts(out, "backups", record.backups);
  const std::map<std::string, std::uint64_t> counts(record.counts.begin(), record.counts.end());
  out.key("counts").map(counts.size());
  for (const auto& [name, count] : counts) out.key(name).number(count);
  out.key("ended").time(record.ended);
  out.key("error").text(record.error ? to_string(*record.error) : std::string_view());
  out.key("id").text(record.id).key("message").text(record.message);
  out.key("microseconds").number(static_cast<std::uint64_t>(record.seconds * 1e6));
  out.key("operation").text(record.operation).key("outcome").text(to_string(record.outcome)).key("series").text(record.series);
  write_texts(out, "sources", record.sources);
  out.key("started").time(record.started).key("where").text(record.where);
}

std::vector<std::string> texts_of(const CborItem& item) {
  std::vector<std::string> texts;
  for (CborList list = item.list(); list.left() > 0;) texts.push_back(list.next().text());
  return texts;
}

OperationRecord record_of(const CborMap& fields, const std::string& object) {
  OperationRecord record{.id = fields.at("id").text(),
                         .operation = fields.at("operation").text(),
                         .sources = texts_of(fields.at("sources")),
                         .series = fields.at("series").text(),
                         .backups = texts_of(fields.at("backups")),
                         .where = fields.at("where").text(),
                         .started = fields.at("started").time(),
                         .ended = fields.at("ended").time(),
                         .seconds = static_cast<double>(fields.at("microseconds").number()) / 1e6,
                         .message = fields.at("message").text()};
  const auto outcome = outcome_named(fields.at("outcome").text());
  if (!outcome) fields.fail("has a record with an unknown outcome");
  record.outcome = *outcome;
  if (const std::string code = fields.at("error").text(); !code.empty())
    record.error = error_code_named(code).value_or(ErrorCode::internal);
  const CborMap counts = fields.at("counts").map();
  for (const auto& [name, value] : counts.members()) record.counts[name] = CborItem(value, "count", name, object).number();
  return record;
}

}  // namespace

Bytes seal_packed_history(const PackedPlace& place, const std::string& object, const std::vector<OperationRecord>& records,
                          Random& random) {
  CborWriter out;
  out.map(2).key("records").list(records.size());
  for (const OperationRecord& record : records) write_record(out, record);
  out.key("written_by").text(written_by());
  return place.seal(ObjectClass::history, object, std::move(out).finish(), random);
}

std::vector<OperationRecord> open_packed_history(const PackedPlace& place, const std::string& object, ByteView stored) {
  const Bytes content = place.unseal(ObjectClass::history, object, stored);
  const CborMap fields(content, object);
  std::vector<OperationRecord> records;
  for (CborList list = fields.at("records").list(); list.left() > 0;) records.push_back(record_of(list.next().map(), object));
  return records;
}

}  // namespace holdfast
