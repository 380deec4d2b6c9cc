#include "holdfast_jobs.h"

#include <nlohmann/json.hpp>

#include "handles.hpp"
#include "holdfast/job_run.hpp"
#include "operation.hpp"
#include "options.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

using Json = nlohmann::json;

std::string faults_to_json(const std::vector<JobFault>& faults) {
  Json list = Json::array();
  for (const JobFault& fault : faults) list.push_back({{"line", fault.place.line}, {"column", fault.place.column}, {"what", fault.what}});
  return list.dump();
}

JobHost host_of(const OptionSet& options) {
  JobHost host;
  host.variable = [variables = options.family("job.variable.")](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  host.state = options.text("job.state");
  host.drivers = drivers_of(options);
  return host;
}

/// Parses JSON of the host's. Its errors, also those of a wrong type, name the parameter.
template <class Read>
auto read_json(const char* text, const char* name, const Read& read) {
  const std::string given = required_text(text, name);
  try {
    return read(Json::parse(given));
  } catch (const Json::exception&) {
    refuse(std::string(name) + " is not the JSON that holdfast_jobs.h describes");
  }
}

/// A value as an option's text.
std::string option_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump();
}

std::vector<Hook> hooks_from(const Json& list) {
  std::vector<Hook> hooks;
  for (const Json& given : list) {
    Options options;
    for (const auto& [name, value] : given.items())
      if (name != "name") options.emplace(name, option_text(value));
    hooks.push_back(parse_hook(given.at("name").get<std::string>(), options));
  }
  return hooks;
}

HookMoment moment_from(const std::string& name) {
  if (name == "before") return HookMoment::before;
  if (name == "after") return HookMoment::after;
  refuse("moment is \"before\" or \"after\", not \"" + name + "\"");
}

Outcome outcome_from(const std::string& name) {
  using enum Outcome;
  for (const Outcome outcome : {running, succeeded, warnings, faults, failed, cancelled})
    if (to_string(outcome) == name) return outcome;
  refuse("there is no outcome \"" + name + "\"");
}

OperationRecord operation_from(const Json& given) {
  const auto text = [&](const char* name) { return given.contains(name) && given[name].is_string() ? given[name].get<std::string>() : ""; };
  const auto texts = [&](const char* name) { return given.value(name, std::vector<std::string>()); };
  OperationRecord record;
  record.id = text("id");
  record.operation = given.at("operation").get<std::string>();
  record.repository = text("repository");
  record.repository_id = text("repository_id");
  record.sources = texts("sources");
  record.series = text("series");
  record.backups = texts("backups");
  record.where = text("where");
  if (const std::string time = text("started"); !time.empty()) record.started = parse_time(time);
  if (const std::string time = text("ended"); !time.empty()) record.ended = parse_time(time);
  record.seconds = given.value("seconds", 0.0);
  record.outcome = outcome_from(given.at("outcome").get<std::string>());
  if (const Json error = given.value("error", Json()); error.is_object()) {
    record.message = error.value("message", "");
    for (auto code = static_cast<std::int32_t>(ErrorCode::invalid_argument); code <= static_cast<std::int32_t>(ErrorCode::internal); ++code)
      if (to_string(ErrorCode{code}) == error.value("code", "")) record.error = ErrorCode{code};
  }
  for (const auto& [name, count] : given.value("counts", Json::object()).items()) record.counts[name] = count.get<std::uint64_t>();
  return record;
}

template <class Make>
holdfast_status make_text(char** out, const char* name, holdfast_error** err, const Make& make) {
  clear(out);
  return guard("job", err, [&] {
    char*& place = required(out, name);
    place = copy_text(make());
  });
}

/// Makes the text of `call(file, job, host, context)`.
template <class Call>
holdfast_status on_job(char** out, const char* name, const char* file, const char* job, const holdfast_options* options,
                       holdfast_error** err, const Call& call) {
  return make_text(out, name, err, [&] {
    const JobFile parsed = parse_job_file(required_text(file, "file"));
    const std::string wanted = required_text(job, "job");
    const OptionSet set = options_of(options);
    Operation operation(set);
    return call(parsed, wanted, set, operation.context);
  });
}

}  // namespace

holdfast_status holdfast_jobs_check(char** faults_out, const char* file, holdfast_error** err) {
  return make_text(faults_out, "faults_out", err, [&] {
    std::vector<JobFault> faults;
    parse_job_file(required_text(file, "file"), faults);
    return faults_to_json(faults);
  });
}

holdfast_status holdfast_jobs_run(char** report_out, const char* file, const char* job, const holdfast_options* options,
                                  holdfast_error** err) {
  return on_job(report_out, "report_out", file, job, options, err,
                [](const JobFile& parsed, const std::string& wanted, const OptionSet& set, Context& context) {
                  const JobRunOptions run{.dry_run = set.flag("job.dry_run"), .only_verification = set.flag("job.only_verification")};
                  return to_json(run_job(parsed, wanted, run, host_of(set), context));
                });
}

holdfast_status holdfast_jobs_preflight(char** checks_out, const char* file, const char* job, const holdfast_options* options,
                                        holdfast_error** err) {
  return on_job(checks_out, "checks_out", file, job, options, err,
                [](const JobFile& parsed, const std::string& wanted, const OptionSet& set, Context& context) {
                  return to_json(preflight(parsed, wanted, host_of(set), context));
                });
}

holdfast_status holdfast_hooks_run(char** results_out, const char* hooks, const char* moment, const char* operation,
                                   const holdfast_options* options, holdfast_error** err) {
  return make_text(results_out, "results_out", err, [&] {
    const std::vector<Hook> given = read_json(hooks, "hooks", hooks_from);
    const HookMoment when = moment_from(required_text(moment, "moment"));
    const OperationRecord record = read_json(operation, "operation", operation_from);
    Operation call(options);
    return to_json(run_hooks(given, when, record, call.context));
  });
}
