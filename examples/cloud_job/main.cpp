// Runs once: backs up a PostgreSQL database to Google Cloud Storage, copies, validates or restores backups, and ends
// with a status for the scheduler. README.md has the contract.
#include <atomic>
#include <chrono>
#include <map>

#include "job.hpp"
#include "signals.hpp"

namespace hf = holdfast;
using cloud_job::Exit;
using cloud_job::Job;
using cloud_job::JobSettings;

namespace {

struct Mode {
  void (Job::*run)();
  const char* variable;  // that it needs, besides BACKUP_BUCKET
  std::string JobSettings::*value;
};
const std::map<std::string, Mode> kModes = {
    {"backup", {&Job::back_up, "DATABASE_URL", &JobSettings::source}},
    {"validate", {&Job::validate, "VALIDATE_DATABASE_URL", &JobSettings::validate_url}},
    {"copy", {&Job::copy, "COPY_BUCKET", &JobSettings::copy_bucket}},
    {"restore", {&Job::restore, "RESTORE_DATABASE_URL", &JobSettings::restore_url}},
    {"list", {&Job::list, "BACKUP_BUCKET", &JobSettings::bucket}},
};

using Modes = std::vector<std::string>;

JobSettings settings_for(const Modes& modes, service::Log& log) {
  service::Variables variables;
  const std::string format = variables.text("LOG_FORMAT", "json");
  if (format != "json" && format != "text") variables.wrong("LOG_FORMAT=" + format + " is neither json nor text");
  if (format == "text") log.use(service::Log::Format::text);
  JobSettings settings = JobSettings::read(variables, log);
  for (const std::string& name : modes) {
    const auto mode = kModes.find(name);
    if (mode == kModes.end()) {
      variables.wrong("'" + name + "' is no step: the steps are backup, validate, copy, restore and list");
    } else if ((settings.*mode->second.value).empty() && mode->second.value != &JobSettings::bucket) {
      variables.wrong(std::string(mode->second.variable) + " is not set: the step " + name + " needs it");
    }
  }
  variables.check();
  return settings;
}

int run(const Modes& modes, service::Log& log) {
  std::stop_source stop;
  std::atomic<int> received{0};
  const service::Signals signals([&](int number) {
    received = number;
    stop.request_stop();
  });
  hf::Context context;
  context.stop = stop.get_token();
  context.events = &log;
  std::string step = "settings";
  try {
    Job job(settings_for(modes, log), log, context);
    for (const std::string& name : modes) {
      step = name;
      log.info(step + " begins", {{"event", "step"}, {"step", step}});
      (job.*kModes.at(step).run)();
      context.check();
    }
    return 0;
  } catch (const std::exception& error) {
    const auto* const failed = dynamic_cast<const cloud_job::Failed*>(&error);
    const auto* const wrong = dynamic_cast<const service::ConfigurationError*>(&error);
    if (received != 0 && failed == nullptr) return log.warning(step + " cancelled by a signal", {{"step", step}}), 128 + received;
    const Exit status = failed != nullptr ? failed->status : wrong != nullptr ? Exit::configuration : Exit::database;
    log.error(step + " failed: " + error.what(), {{"event", "failed"}, {"step", step}});
    return static_cast<int>(status);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto begun = std::chrono::steady_clock::now();
  service::Log log;
  log.use(service::Log::Format::json);
  Modes modes(argv + 1, argv + argc);
  if (modes.empty()) modes = {"backup"};
  const int status = run(modes, log);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun).count();
  const service::Log::Fields fields = {{"event", "run_end"}, {"exit_code", std::to_string(status)}, {"seconds", std::to_string(seconds)}};
  status == 0 ? log.info("run succeeded", fields) : log.error("run ended with exit status " + std::to_string(status), fields);
  return status;
}
