#include <algorithm>
#include <array>

#include "holdfast/audit.hpp"
#include "holdfast/error.hpp"
#include "holdfast/version.hpp"
#include "report/document_parts.hpp"

namespace holdfast {

namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : " ") + text;
  return all;
}

// RFC 4180. A spreadsheet runs a cell that begins like a formula: the apostrophe makes it text.
std::string csv_cell(const std::string& text) {
  const bool is_formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  std::string cell = is_formula ? "'" + text : text;
  if (!is_formula && cell.find_first_of(",\"\r\n ") == std::string::npos) return cell;
  for (std::size_t at = 0; (at = cell.find('"', at)) != std::string::npos; at += 2) cell.insert(at, 1, '"');
  return "\"" + cell + "\"";
}

constexpr std::string_view kCsvHeader =
    "number,time,action,outcome,principal,host,operation,sources,backups,where,error,message,policy,previous,previous_sha256,sha256,"
    "public_key,written_by\r\n";

std::string csv_line(const AuditRecord& record) {
  const std::array<std::string, 18> cells{std::to_string(record.number),
                                          format_time_micros(record.time),
                                          record.action,
                                          record.outcome,
                                          record.principal,
                                          record.host,
                                          record.operation,
                                          joined(record.sources),
                                          joined(record.backups),
                                          record.where,
                                          record.error,
                                          record.message,
                                          to_string(record.policy),
                                          std::to_string(record.previous),
                                          record.previous_sha256,
                                          record.sha256,
                                          record.public_key,
                                          record.written_by};
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + csv_cell(cell);
  return line + "\r\n";
}

// One line per event: no text may end it, or add a field of its own.
std::string cef_escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += c == '\n' ? "\\n" : "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += ' ';
    } else {
      if (special.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

int cef_severity(const AuditRecord& record) {
  if (record.outcome == "failed") return 7;
  constexpr std::array<std::string_view, 8> kGrave{"remove",          "expire",           "gc",          "add_key", "remove_key",
                                                   "rotate_data_key", "set_audit_policy", "expire_audit"};
  return std::ranges::find(kGrave, record.action) != kGrave.end() ? 5 : 3;
}

std::string cef_line(const AuditRecord& record) {
  const auto head = [](std::string_view text) { return cef_escaped(text, "\\|"); };
  std::string line = "CEF:0|Holdfast|holdfast|" + head(version()) + "|" + head(record.action) + "|" + head(record.action) + " " +
                     head(record.outcome) + "|" + std::to_string(cef_severity(record)) + "|";
  const auto add = [&](std::string_view name, std::string_view text) {
    if (text.empty()) return;
    if (line.back() != '|') line += ' ';
    line.append(name).append("=").append(cef_escaped(text, "\\="));
  };
  const auto add_own = [&](const std::string& name, std::string_view label, std::string_view text) {
    if (text.empty()) return;
    add(name + "Label", label);
    add(name, text);
  };
  add("rt", std::to_string(std::chrono::floor<std::chrono::milliseconds>(record.time).time_since_epoch().count()));
  add("externalId", std::to_string(record.number));
  add("act", record.action);
  add("outcome", record.outcome);
  add("suser", record.principal);
  add("shost", record.host);
  add("reason", record.error);
  add("msg", record.message);
  add_own("cs1", "sha256", record.sha256);
  add_own("cs2", "previousSha256", record.previous_sha256);
  add_own("cs3", "backups", joined(record.backups));
  add_own("cs4", "sources", joined(record.sources));
  add_own("cs5", "where", record.where);
  add_own("cs6", "operation", record.operation);
  return line + "\n";
}

struct AuditDocuments : DocumentParts<AuditDocuments> {
  using DocumentParts<AuditDocuments>::write;

  static void write(JsonWriter& out, const AuditRecord& record) {
    out.begin_object();
    member(out, "number", record.number);
    out.member("time", format_time_micros(record.time));  // never null
    member(out, "action", record.action);
    member(out, "outcome", record.outcome);
    member(out, "principal", record.principal);
    member(out, "host", record.host);
    member(out, "operation", record.operation);
    member(out, "sources", record.sources);
    member(out, "backups", record.backups);
    member(out, "where", record.where);
    member(out, "error", record.error);
    member(out, "message", record.message);
    member(out, "policy", to_string(record.policy));
    member(out, "previous", record.previous);
    member(out, "previous_sha256", record.previous_sha256);
    member(out, "sha256", record.sha256);
    member(out, "public_key", record.public_key);
    member(out, "written_by", record.written_by);
    if (record.checkpoint) member(out, "kept_from", record.checkpoint->first);
    out.end_object();
  }

  static void write(JsonWriter& out, const AuditReport& report) {
    out.begin_object();
    member(out, "ok", report.ok());
    member(out, "records", report.records);
    member(out, "first", report.first);
    member(out, "last", report.last);
    member(out, "expired", report.expired);
    member(out, "sha256", report.sha256);
    member(out, "public_key", report.public_key);
    member(out, "key_known", report.key_known);
    member(out, "anchored", report.anchored);
    member(out, "faults", report.faults);
    out.end_object();
  }
};

}  // namespace

AuditFormat parse_audit_format(std::string_view text) {
  if (text == "jsonl") return AuditFormat::json_lines;
  if (text == "csv") return AuditFormat::csv;
  if (text == "cef") return AuditFormat::cef;
  throw Error(ErrorCode::invalid_argument, "there is no audit format '" + std::string(text) + "': use jsonl, csv or cef");
}

void export_audit(const std::vector<AuditRecord>& records, AuditFormat format, Writer& out) {
  if (format == AuditFormat::csv) out.write(as_bytes(kCsvHeader));
  for (const AuditRecord& record : records) {
    const std::string line = format == AuditFormat::csv   ? csv_line(record)
                             : format == AuditFormat::cef ? cef_line(record)
                                                          : to_json(record) + "\n";
    out.write(as_bytes(line));
  }
}

std::string to_json(const AuditRecord& record) { return AuditDocuments::json_of(record); }
std::string to_json(const AuditReport& report) { return AuditDocuments::json_of(report); }

}  // namespace holdfast
