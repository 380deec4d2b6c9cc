// Reports as JSON: what the command, C hosts and services hand on.

#include "holdfast/report.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace holdfast;
using Json = nlohmann::json;

TEST_CASE("a report is one line of JSON, whatever its texts hold") {
  RestoreReport report{.entries = 2, .bytes = 1U << 20, .counts = {{"tables", 3}, {"rows", 18446744073709551615U}}};
  report.where = "a \"quoted\"\nname \xff of bytes";
  report.warnings = {"first", ""};
  const std::string text = to_json(report);
  CHECK(text.find('\n') == std::string::npos);
  const Json json = Json::parse(text);
  CHECK(json["where"] == "a \"quoted\"\nname \xef\xbf\xbd of bytes");
  CHECK(json["entries"] == 2);
  CHECK(json["counts"]["rows"] == 18446744073709551615U);
  CHECK(json["tables"] == 3);
  CHECK(json["warnings"] == Json::array({"first", ""}));
}

TEST_CASE("what is not known is null, and a list may be empty") {
  const Json backup = Json::parse(to_json(BackupInfo{.id = "x"}));
  CHECK(backup["time"].is_null());
  CHECK(backup["damage"].is_null());
  CHECK(backup["sources"] == Json::array());
  CHECK(backup["tags"] == Json::object());
  CHECK(to_json(std::vector<BackupInfo>{}) == "[]");
  CHECK(Json::parse(to_json(VerifyReport{}))["proof"].is_null());
  CHECK(Json::parse(to_json(VerifyReport{.level = VerifyLevel::restore}))["proof"].is_object());
}

TEST_CASE("a driver's counts keep its order") {
  const std::string text = to_json(RestoreReport{.counts = {{"zebras", 1}, {"apes", 2}}});
  CHECK(text.find("zebras") < text.find("apes"));
}

TEST_CASE("an event carries the record of its operation") {
  auto record = std::make_shared<OperationRecord>();
  record->id = "0123456789ab";
  record->operation = "backup";
  record->outcome = Outcome::failed;
  record->error = ErrorCode::no_space;
  record->message = "the disk is full";
  record->counts = {{"warnings", 1}};
  const Json json = Json::parse(to_json(Event{.kind = EventKind::ended, .operation = record->id, .record = record}));
  CHECK(json["event"] == "ended");
  CHECK(json["operation"] == "0123456789ab");
  CHECK(json["record"]["outcome"] == "failed");
  CHECK(json["record"]["error"] == Json{{"code", "no_space"}, {"message", "the disk is full"}});
  CHECK(json["record"]["ended"].is_null());
  CHECK(json["record"]["counts"] == Json{{"warnings", 1}});
  CHECK(!Json::parse(to_json(Event{})).contains("record"));
}
