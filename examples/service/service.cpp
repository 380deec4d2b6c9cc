#include "service.hpp"

#include <malloc.h>

#include <cstdio>
#include <cstring>

namespace service {

namespace hf = holdfast;

Service::Service(const Plan& plan, Settings settings, Log& log)
    : plan_(plan), settings_(std::move(settings)), log_(log), state_(plan.name, log), signals_([this](int) { on_signal(); }) {}

void Service::on_signal() {
  const bool second = ending_.stop_requested();
  const bool cancel = second || plan_.on_signal == OnSignal::cancel;
  log_.info(std::string("signal received: ") + (cancel ? "cancelling, then ending" : "finishing the current operation, then ending"));
  ending_.request_stop();
  if (cancel) cancelling_.request_stop();
}

void Service::check_connections() {
  hf::Context context;
  context.stop = cancelling_.get_token();
  context.limits.connect_timeout = std::chrono::seconds(10);
  try {
    hf::query_sql(settings_.database_url, "SELECT 1", context);
    log_.info("health check: the database answers");
  } catch (const hf::Error& error) {
    // Only a connection shows a port that is no number, or an unknown mode of TLS.
    if (error.code() == hf::ErrorCode::invalid_argument) throw ConfigurationError(std::string("DATABASE_URL is invalid: ") + error.what());
    log_.error(std::string("health check: database unreachable: ") + error.what());
  }
  std::shared_ptr<hf::Storage> storage;
  try {
    storage = settings_.open_storage(context);
  } catch (const hf::Error& error) {
    if (error.code() == hf::ErrorCode::invalid_argument) throw ConfigurationError(error.what());
    log_.error(std::string("health check: S3 unreachable: ") + error.what());
    return;
  }
  try {
    storage->list("backup_", [](const hf::ObjectInfo&) { return false; });
    log_.info("health check: S3 answers");
  } catch (const hf::Error& error) {
    log_.error(std::string("health check: S3 unreachable: ") + error.what());
  }
}

int Service::run(const std::function<void(hf::Context&)>& cycle) {
  state_.enter("STARTUP");
  log_.info(plan_.name + " " + std::string(hf::version()) + ": interval " + std::to_string(plan_.interval.count()) + " s, " +
            settings_.shown());
  const Health health(settings_.health, state_, settings_.metrics ? [this] { return metrics(); } : Health::Metrics(), log_);
  check_connections();
  state_.enter("IDLE");
  while (!ending_.stop_requested()) {
    run_once(cycle);
    if (state_.name() != "IDLE") state_.enter("IDLE");
#ifdef M_ARENA_MAX
    malloc_trim(0);  // what the run freed, also in the middle of the heap
#endif
    wait();
  }
  state_.enter("EXIT");
  return 0;
}

void Service::run_once(const std::function<void(hf::Context&)>& cycle) {
  hf::Context context;
  context.stop = cancelling_.get_token();
  context.events = &log_;
  const bool was_healthy = state_.healthy();
  try {
    cycle(context);
    state_.succeeded();
    if (!was_healthy) tell(hf::NoticeKind::recovered, plan_.work + " succeeded again");
  } catch (const std::exception& error) {
    if (context.cancelled()) return log_.info(plan_.work + " cancelled in state " + state_.name());
    const std::string why = error.what();
    state_.failed(why);
    log_.error(plan_.work + " failed in state " + state_.name() + ": " + why);
    tell(hf::NoticeKind::failed, why);
  }
}

void Service::wait() {
  if (ending_.stop_requested()) return;
  const hf::TimePoint next = hf::system_clock().now() + plan_.interval;
  state_.next_at(next);
  log_.info("next " + plan_.work + " at " + hf::format_time(next));
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, ending_.get_token(), plan_.interval, [] { return false; });
}

// With a repository, its own metrics as well: they are computed at each request.
std::string Service::metrics() {
  std::string text = state_.metrics();
  if (!settings_.repository.empty()) {
    try {
      hf::Context context;
      context.stop = cancelling_.get_token();
      hf::Repository repository = settings_.open_repository(false, context);
      return text + hf::metrics_text(hf::status_of(hf::gather_facts(repository, {}, context)));
    } catch (const hf::Error& error) {
      log_.warning(std::string("the repository has no metrics now: ") + error.what());
    }
  }
  return text + "# EOF\n";
}

void Service::tell(hf::NoticeKind kind, const std::string& message) {
  if (!settings_.channel) return;
  hf::Context context;
  context.stop = cancelling_.get_token();
  const bool bad = kind == hf::NoticeKind::failed;
  try {
    hf::send_notice(*settings_.channel,
                    {.kind = kind,
                     .severity = bad ? hf::NoticeSeverity::critical : hf::NoticeSeverity::info,
                     .series = plan_.name,
                     .time = hf::system_clock().now(),
                     .title = plan_.name + ": " + plan_.work + (bad ? " failed" : " works again"),
                     .message = log_.without_secrets(message),
                     .facts = {}},
                    context);
  } catch (const hf::Error& error) {
    log_.warning(std::string("nobody was notified: ") + error.what());
  }
}

int main_of(int argc, char** argv, const std::function<int(Variables&, Log&)>& start) {
#ifdef M_ARENA_MAX
  // glibc's default is eight arenas per core. The threads of each run would leave their remains in another one, and
  // memory would grow for hours.
  mallopt(M_ARENA_MAX, 1);
#endif
  Variables variables;
  if (argc == 2 && std::strcmp(argv[1], "--health") == 0) {
    const std::string address = variables.text("HOLDFAST_HEALTH", "127.0.0.1:8080");
    return check_health(address == "off" ? "" : address);
  }
  Log log;
  if (argc != 1) {
    log.error(std::string(argv[0]) + " takes its settings from environment variables; its only argument is --health");
    return 1;
  }
  try {
    return start(variables, log);
  } catch (const std::exception& error) {
    log.error(std::string("can't run: ") + error.what());
    return 1;
  }
}

}  // namespace service
