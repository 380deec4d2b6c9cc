#include <algorithm>

#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "holdfast/error.hpp"
#include "holdfast/job_json.hpp"

namespace holdfast {

namespace {

/// Runs `read` on parsed JSON. `what` names it in the error of a text that is wrong.
template <class Read>
auto read_json(std::string_view text, const std::string& what, const Read& read) {
  const auto refuse = [&] { return Error(ErrorCode::invalid_argument, what); };
  const std::optional<JsonTree> tree = try_parse_json(text);
  if (!tree) throw refuse();
  try {
    return read(**tree);
  } catch (const nlohmann::json::exception&) {  // a member is missing, or of another type
    throw refuse();
  }
}

/// A value as the text of an option.
std::string option_text(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump();
}

std::vector<std::string> texts_of(const nlohmann::json& object, const char* name) {
  std::vector<std::string> texts;
  if (!object.contains(name)) return texts;
  for (const auto& text : object.at(name)) texts.push_back(text.get<std::string>());
  return texts;
}

TimePoint time_of(const nlohmann::json& object, const char* name) {
  const std::string text = text_of(object, name);
  return text.empty() ? TimePoint() : parse_time(text);
}

Outcome outcome_of(const std::string& name) {
  using enum Outcome;
  for (const Outcome outcome : {running, succeeded, warnings, faults, failed, cancelled})
    if (to_string(outcome) == name) return outcome;
  throw Error(ErrorCode::invalid_argument, "there is no outcome '" + name + "'");
}

void read_error(const nlohmann::json& object, OperationRecord& record) {
  if (!object.contains("error") || !object.at("error").is_object()) return;
  const std::string name = text_of(object.at("error"), "code");
  record.message = text_of(object.at("error"), "message");
  for (auto code = static_cast<std::int32_t>(ErrorCode::invalid_argument); code <= static_cast<std::int32_t>(ErrorCode::internal); ++code)
    if (to_string(ErrorCode{code}) == name) record.error = ErrorCode{code};
}

}  // namespace

std::string to_json(const std::vector<JobFault>& faults) {
  JsonWriter out;
  out.begin_array();
  for (const JobFault& fault : faults) {
    out.begin_object();
    out.member("line", std::uint64_t{fault.place.line});
    out.member("column", std::uint64_t{fault.place.column});
    out.member("what", fault.what);
    out.end_object();
  }
  out.end_array();
  return std::move(out).text();
}

std::vector<Hook> parse_hooks(std::string_view json) {
  return read_json(json, "hooks are a JSON array of objects with a name and options", [](const nlohmann::json& list) {
    std::vector<Hook> hooks;
    for (const auto& given : list) {
      Options options;
      for (const auto& [name, value] : given.items())
        if (name != "name") options.emplace(name, option_text(value));
      hooks.push_back(parse_hook(given.at("name").get<std::string>(), options));
    }
    return hooks;
  });
}

OperationRecord parse_record(std::string_view json) {
  return read_json(json, "a record of an operation is a JSON object with operation and outcome at least", [](const nlohmann::json& given) {
    OperationRecord record;
    record.id = text_of(given, "id");
    record.operation = given.at("operation").get<std::string>();
    record.repository = text_of(given, "repository");
    record.repository_id = text_of(given, "repository_id");
    record.sources = texts_of(given, "sources");
    record.series = text_of(given, "series");
    record.backups = texts_of(given, "backups");
    record.where = text_of(given, "where");
    record.started = time_of(given, "started");
    record.ended = time_of(given, "ended");
    record.seconds = given.value("seconds", 0.0);
    record.outcome = outcome_of(given.at("outcome").get<std::string>());
    read_error(given, record);
    if (given.contains("counts"))
      for (const auto& [name, count] : given.at("counts").items()) record.counts[name] = count.get<std::uint64_t>();
    return record;
  });
}

}  // namespace holdfast
