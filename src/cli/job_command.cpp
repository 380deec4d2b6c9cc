#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "holdfast/job.hpp"
#include "job_input.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

Json document_of(const CheckedFile& checked) {
  Json faults = Json::array();
  for (const JobFault& fault : checked.faults)
    faults.push_back({{"line", fault.place.line}, {"column", fault.place.column}, {"what", fault.what}});
  return {{"file", checked.name}, {"jobs", checked.file.jobs.size()}, {"faults", faults}};
}

std::string text_of_faults(const CheckedFile& checked) {
  std::string text;
  for (const JobFault& fault : checked.faults)
    text += fmt::format("{}:{}:{}: {}\n", printable(checked.name), fault.place.line, fault.place.column, printable(fault.what));
  return text;
}

int check(Session& session, const std::vector<std::string>& names) {
  Json files = Json::array();
  std::string text;
  bool good = true;
  for (const std::string& name : names) {
    const CheckedFile checked = read_job_file(name);
    files.push_back(document_of(checked));
    text += checked.faults.empty() ? fmt::format("{}: {}, no fault\n", printable(name), count_of(checked.file.jobs.size(), "job"))
                                   : text_of_faults(checked);
    good = good && checked.faults.empty();
  }
  const int code = session.finish({{"files", files}}, text);
  return good ? code : kUsage;
}

int list(Session& session, const std::string& name) {
  const JobFile file = good_job_file(name);
  Json jobs = Json::array();
  std::vector<std::vector<std::string>> rows{{"job", "next", "schedule", "sources", "repository"}};
  for (const JobDefinition& job : file.jobs) {
    const auto next = job.schedule ? job.schedule->next(session.context().now()) : std::nullopt;
    std::vector<std::string> sources;
    for (const JobSource& source : job.sources) sources.push_back(source.uri);
    jobs.push_back({{"name", job.name},
                    {"next", next ? Json(format_time(*next)) : Json(nullptr)},
                    {"schedule", job.schedule ? Json(job.schedule->expression()) : Json(nullptr)},
                    {"sources", sources},
                    {"repository", job.repository}});
    rows.push_back({job.name, next ? format_time(*next) : "-", job.schedule ? printable(job.schedule->expression()) : "-",
                    printable(fmt::format("{}", fmt::join(sources, " "))), job.repository});
  }
  return session.finish({{"jobs", jobs}}, format_table(rows, {}));
}

}  // namespace

void add_job(CLI::App& app, Session& session) {
  CLI::App& job = *app.add_subcommand("job", "Files of jobs: what is backed up to where, and when; runs them");
  job.require_subcommand(1);

  CLI::App& checks = *job.add_subcommand("check", "Name every fault of job files, with line and column");
  const auto names = std::make_shared<std::vector<std::string>>();
  checks.add_option("file", *names, "The job files")->required()->type_name("FILE");
  session.add_output_options(checks);
  session.on(checks, [&session, names] { return check(session, *names); });

  CLI::App& lists = *job.add_subcommand("list", "Show the jobs of a file, and when they run next");
  const auto name = std::make_shared<std::string>();
  lists.add_option("file", *name, "The job file")->required()->type_name("FILE");
  session.add_output_options(lists);
  session.on(lists, [&session, name] { return list(session, *name); });

  add_job_run(job, session);

  CLI::App& schema = *job.add_subcommand("schema", "Print the JSON Schema of job files, for editors");
  session.add_output_options(schema);
  session.on(schema, [&session] { return session.finish(Json::parse(job_file_schema()), job_file_schema() + "\n"); });
}

}  // namespace holdfast::cli
