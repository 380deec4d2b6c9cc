// Exports of audit records: what a hostile name can't do in CSV, CEF and JSON Lines.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "holdfast/audit.hpp"
#include "holdfast/error.hpp"

using namespace holdfast;

namespace {

AuditRecord audit_sample(const std::string& principal) {
  AuditRecord record;
  record.number = 7;
  record.sha256 = "5a";
  record.time = parse_time("2026-11-29T12:00:00.123456Z");
  record.action = "remove";
  record.outcome = "succeeded";
  record.principal = principal;
  record.host = "db1";
  record.backups = {"backup_1", "backup_2"};
  return record;
}

std::string exported(const std::vector<AuditRecord>& records, AuditFormat format) {
  Bytes bytes;
  export_audit(records, format, *memory_writer(bytes));
  return std::string(as_text(bytes));
}

// Returns the rows of a CSV text, as RFC 4180 reads them.
std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows{{""}};
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '"' && at + 1 < text.size() && text[at + 1] == '"')
        rows.back().back() += text[++at];
      else if (c == '"')
        quoted = false;
      else
        rows.back().back() += c;
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      rows.back().emplace_back();
    } else if (c == '\r') {
      CHECK(text[++at] == '\n');
      rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();
  return rows;
}

}  // namespace

TEST_CASE("CSV of audit records reads back, whatever the names") {
  for (const std::string name : {"ada", "a,b", "a\"b", "a\nb", "a\r\nb", " a ", ""}) {
    const auto rows = csv_rows(exported({audit_sample(name), audit_sample("next")}, AuditFormat::csv));
    REQUIRE(rows.size() == 3);
    CHECK(rows[0][4] == "principal");
    CHECK(rows[1][4] == name);
    CHECK(rows[2][4] == "next");
    CHECK(rows[1].size() == rows[0].size());
    CHECK(rows[1][8] == "backup_1 backup_2");
  }
}

TEST_CASE("CSV of audit records has no cell that a spreadsheet runs as a formula") {
  for (const std::string name : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"})
    CHECK(csv_rows(exported({audit_sample(name)}, AuditFormat::csv))[1][4] == "'" + name);
}

TEST_CASE("CEF of audit records has one line per record, and no name adds a field") {
  const std::string text = exported({audit_sample("a=b\\|c\nCEF:0|x\r"), audit_sample("\x1b[2J")}, AuditFormat::cef);
  CHECK(std::ranges::count(text, '\n') == 2);
  CHECK(
      text.starts_with("CEF:0|Holdfast|holdfast|0.2.0|remove|remove succeeded|5|rt=1795953600123 externalId=7 act=remove outcome=succeeded "
                       "suser=a\\=b\\\\|c\\nCEF:0|x\\r shost=db1 cs1Label=sha256 cs1=5a "));
  CHECK(text.find("suser= [2J shost") != std::string::npos);
  CHECK(text.find("reason=") == std::string::npos);
}

TEST_CASE("a hostile action can't end a CEF header field") {
  AuditRecord record = audit_sample("ada");
  record.action = "x|9|y\\";
  CHECK(exported({record}, AuditFormat::cef).starts_with("CEF:0|Holdfast|holdfast|0.2.0|x\\|9\\|y\\\\|x\\|9\\|y\\\\ succeeded|3|"));
}

TEST_CASE("JSON Lines of audit records has one object per line") {
  const std::string text = exported({audit_sample("a\nb"), audit_sample("\xff")}, AuditFormat::json_lines);
  CHECK(std::ranges::count(text, '\n') == 2);
  const auto first = nlohmann::json::parse(text.substr(0, text.find('\n')));
  CHECK(first["principal"] == "a\nb");
  CHECK(first["backups"].size() == 2);
  CHECK(first["number"] == 7);
}

TEST_CASE("an unknown audit format or policy is refused with the names of those that exist") {
  for (const auto& [refuse, names] : std::initializer_list<std::pair<void (*)(), const char*>>{
           {[] { parse_audit_format("xml"); }, "jsonl, csv or cef"}, {[] { parse_audit_policy("on"); }, "off, best_effort or required"}}) {
    try {
      refuse();
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_argument);
      CHECK(error.message().find(names) != std::string::npos);
    }
  }
}
