#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "format.hpp"
#include "holdfast/scheduler.hpp"
#include "job_input.hpp"
#include "job_report.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

constexpr std::size_t kMostThreads = 64;
constexpr const char *kDeliveries = ".deliveries", *kAlerts = ".alerts";  // no job has such a name
constexpr const char* kVerifies = " verification ";

struct ScheduleRunArguments {
  std::string file, state, on_stop = "cancel", judge = "15m";
};

/// Hands the events of several runs on, one at a time.
class SharedEvents final : public EventSink {
 public:
  explicit SharedEvents(EventSink* to) : to_(to) {}
  void on_event(const Event& event) noexcept override {
    const std::lock_guard lock(mutex_);
    if (to_ != nullptr && event.kind != EventKind::progress) to_->on_event(event);
  }

 private:
  std::mutex mutex_;
  EventSink* to_;
};

/// Runs the jobs of a file when they are due, until a stop is requested. Each run has a thread.
class ScheduleLoop {
 public:
  ScheduleLoop(Session& session, const ScheduleRunArguments& arguments)
      : session_(session),
        file_(good_job_file(arguments.file)),
        host_(session.job_host(file_, arguments.state)),
        stop_work_(arguments.on_stop == "cancel"),
        events_(session.context().events) {
    const TimePoint now = session.context().now();
    for (const JobDefinition& job : file_.jobs) {
      if (job.schedule) scheduler_.add(job.name, *job.schedule, last_start(file_, job.name, host_).value_or(now));
      std::size_t number = 0;
      for (const JobVerification& verification : job.verifications)
        if (++number; verification.schedule) scheduler_.add(job.name + kVerifies + std::to_string(number), *verification.schedule, now);
    }
    if (!scheduler_.next_due()) throw Error(ErrorCode::invalid_argument, "no job of the file has a schedule: `holdfast job run` runs one");
    if (!file_.channels.empty()) scheduler_.add(kDeliveries, Schedule("every 5m"), now);
    const auto tells = [](const JobDefinition& job) { return !job.notifications.empty(); };
    if (std::ranges::any_of(file_.jobs, tells)) scheduler_.add(kAlerts, Schedule("every " + arguments.judge), now);
  }

  void run() {
    say({{"event", "waiting"}, {"next", format_time(*scheduler_.next_due())}},
        "waiting, next " + format_time(*scheduler_.next_due()) + "\n");
    scheduler_.run(*session_.context().host.clock, session_.context().stop, [this](const ScheduledRun& run) { decide(run); });
    threads_.clear();  // waits for what runs
  }

 private:
  struct Running {
    std::atomic<bool> over = false;
    std::jthread thread;
  };

  void decide(const ScheduledRun& run) {
    std::erase_if(threads_, [](const std::unique_ptr<Running>& running) { return running->over.load(); });
    if (run.decision != RunDecision::start) {
      if (run.name != kDeliveries && run.name != kAlerts)
        say({{"event", to_string(run.decision)}, {"name", run.name}, {"due", format_time(run.due)}},
            fmt::format("{} due {}: {}\n", run.name, format_time(run.due), to_string(run.decision)));
      return;
    }
    if (threads_.size() >= kMostThreads) {
      write_error(fmt::format("holdfast: {} is left out: {} runs have not finished\n", run.name, threads_.size()));
      return scheduler_.finished(run.name);
    }
    auto running = std::make_unique<Running>();
    running->thread = std::jthread([this, name = run.name, &over = running->over] {
      work(name);
      over = true;
    });
    threads_.push_back(std::move(running));
  }

  void work(const std::string& name) noexcept {
    try {
      perform(name);
    } catch (const std::exception& error) {
      write_error("holdfast: " + printable(name) + ": " + printable(error.what()) + "\n");
    }
    try {
      scheduler_.finished(name);
    } catch (const std::exception& error) {
      write_error("holdfast: " + printable(name) + ": " + printable(error.what()) + "\n");
    }
  }

  void perform(const std::string& name) {
    Context context(session_.context().host);
    if (stop_work_) context.stop = session_.context().stop;
    context.events = &events_;
    context.limits = session_.context().limits;
    if (name == kDeliveries) {
      job_notifier(file_, host_, context).deliver(context);
      return;
    }
    if (name == kAlerts) return judge(context);
    const std::size_t verifies = name.find(kVerifies);
    const JobReport report = run_job(file_, name.substr(0, verifies), {.only_verification = verifies != std::string::npos}, host_, context);
    say(document(report), format_time(report.ended) + "  " + summary_of(report));
  }

  /// One job that can't be judged does not keep the others from it.
  void judge(Context& context) {
    for (const JobDefinition& job : file_.jobs) {
      try {
        for (const Notice& notice : tell_alerts(file_, job.name, host_, context))
          say({{"event", "told"}, {"name", job.name}, {"title", notice.title}},
              fmt::format("{}  {}: told: {}\n", format_time(context.now()), job.name, printable(notice.title)));
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        write_error("holdfast: the alerts of " + job.name + " are not known: " + printable(error.message()) + "\n");
      }
    }
  }

  void say(const Json& json, const std::string& text) {
    if (session_.quiet() && !session_.json()) return;
    const std::lock_guard lock(output_);
    write_output(session_.json() ? one_line(json) + "\n" : text);
  }

  Session& session_;
  const JobFile file_;
  const JobHost host_;
  const bool stop_work_;
  SharedEvents events_;
  Scheduler scheduler_;
  std::mutex output_;
  std::list<std::unique_ptr<Running>> threads_;
};

}  // namespace

void add_schedule_run(CLI::App& schedule, Session& session) {
  const auto arguments = std::make_shared<ScheduleRunArguments>();
  CLI::App& command = *schedule.add_subcommand("run", "Run the jobs of a file when they are due, until SIGTERM or Ctrl-C");
  command.add_option("file", arguments->file, "The job file")->required()->type_name("FILE");
  command.add_option("--on-stop", arguments->on_stop, "On SIGTERM, SIGHUP and Ctrl-C: `cancel` what runs (default), or `finish` it")
      ->check(CLI::IsMember({"cancel", "finish"}));
  command.add_option("--judge", arguments->judge, "How often to look for alerts, such as a job that did not run; default: 15m")
      ->type_name("DURATION");
  add_state_option(command, arguments->state);
  session.add_timeout_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] {
    ScheduleLoop(session, *arguments).run();
    return kOk;
  });
}

}  // namespace holdfast::cli
