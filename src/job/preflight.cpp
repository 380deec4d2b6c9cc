#include "holdfast/preflight.hpp"

#include <algorithm>
#include <system_error>

#include "base/executor.hpp"
#include "base/json_writer.hpp"
#include "container/executor.hpp"
#include "holdfast/error.hpp"
#include "holdfast/figures.hpp"
#include "job/preflight_checks.hpp"
#include "repository/history.hpp"
#include "repository/layout.hpp"
#include "storage/room.hpp"

namespace holdfast {

namespace {

using State = Finding::State;
using namespace std::chrono_literals;

constexpr std::uint64_t kLeastSpace = 64U << 20;
constexpr std::chrono::minutes kClockTolerance = 5min;

std::string advice_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::unauthenticated:
    case ErrorCode::wrong_key: return "check the password or key that the job file names";
    case ErrorCode::permission_denied: return "give this user the right";
    case ErrorCode::network:
    case ErrorCode::timeout: return "check the address, the network, and whether the server runs";
    case ErrorCode::not_found: return "check the name, or create it";
    default: return "see the reason, and `holdfast doctor`";
  }
}

class Preflight {
 public:
  explicit Preflight(OpenedJob& opened) : opened_(opened), job_(opened.job()), context_(opened.context()) {}

  PreflightReport run() {
    for (const JobSource& source : job_.sources) check_source(source);
    check_repository(job_.repository);
    for (const std::string& copy : job_.copies) check_repository(copy);
    check_scratch();
    for (const JobNotification& notification : job_.notifications) check_channel(notification.channel);
    for (const JobHook& hook : job_.before) check_hook(hook);
    for (const JobHook& hook : job_.after) check_hook(hook);
    return std::move(report_);
  }

 private:
  void add(const std::string& of, const char* what, State state, std::string detail, std::string advice = "") {
    report_.checks.push_back({of, what, state, std::move(detail), std::move(advice)});
  }

  /// Runs one check. Its error is what is missing.
  template <class Check>
  bool attempt(const std::string& of, const char* what, State otherwise, Check&& check) {
    context_.check();
    try {
      check();
      return true;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      add(of, what, otherwise, error.message(), advice_for(error.code()));
      return false;
    }
  }

  void check_source(const JobSource& source) {
    const std::string of = "source " + (source.name.empty() ? source.uri : source.name);
    const bool ready = attempt(of, "readable", State::missing, [&] {
      const SourceInfo info = opened_.open_source(source)->describe(context_);
      expected_bytes_ += info.size_estimate;
      add(of, "readable", State::ok, info.size_estimate == 0 ? "ready" : "ready, about " + format_size(info.size_estimate));
    });
    // What only a part of the source lacks that is not selected is no obstacle.
    attempt(of, "driver", State::warning, [&] {
      const Options options = opened_.driver_options(source, DriverCall::doctor);
      for (const Finding& finding : opened_.host().drivers.for_uri(source.uri).diagnose(source.uri, options, context_)) {
        const State state = ready && finding.state == State::missing ? State::warning : finding.state;
        report_.checks.push_back({of, finding.what, state, finding.detail, state == State::ok ? "" : "see `holdfast doctor`"});
      }
    });
  }

  void check_repository(const std::string& name) {
    const std::string of = "repository " + name;
    const bool opened = attempt(of, "key", State::missing, [&] {
      const RepositoryInfo info = opened_.repository(name).info();
      add(of, "reachable", State::ok, info.uri);
      add(of, "version", State::ok, "version " + std::to_string(info.version) + " of its layout");
      info.encrypted ? add(of, "key", State::ok, "the key opens it")
                     : add(of, "key", State::warning, "it is not encrypted", "make an encrypted one, and copy the backups into it");
    });
    if (!opened) return;
    attempt(of, "space", State::warning, [&] {
      Storage& storage = opened_.repository(name).layout().storage();
      if (const auto room = room_of(storage)) return judge_space(of, *room, "add space, or expire more backups");
      add(of, "space", State::ok, "unknown: " + storage.uri() + " does not tell how much it can take; its option `quota` sets a limit");
    });
    attempt(of, "clock", State::warning, [&] { check_clock(of, opened_.repository(name).layout().storage()); });
  }

  /// Before the first backup, all that the sources have may be new.
  void judge_space(const std::string& of, std::uint64_t available, const char* advice) {
    const std::string free = format_size(available) + " are free";
    if (available < kLeastSpace) return add(of, "space", State::missing, free, advice);
    if (available < expected_bytes_)
      return add(of, "space", State::warning, free + ", less than the sources have (" + format_size(expected_bytes_) + ")", advice);
    add(of, "space", State::ok, free);
  }

  /// A new object is stored at the present of the storage's clock: one from our future shows that the clocks differ.
  void check_clock(const std::string& of, Storage& storage) {
    std::optional<TimePoint> newest;
    storage.list(kHistory, [&](const ObjectInfo& object) {
      newest = std::max(newest.value_or(object.modified), object.modified);
      return true;
    });
    const TimePoint now = context_.now();
    if (!newest) return add(of, "clock", State::ok, "nothing is stored yet that tells the storage's time");
    if (*newest <= now + kClockTolerance) return add(of, "clock", State::ok, "nothing is stored there with a later time than ours");
    add(of, "clock", State::warning, "its newest object is " + format_span(*newest - now) + " ahead of our clock",
        "set the clocks: retention and schedules depend on them");
  }

  void check_scratch() {
    const bool scratch = std::ranges::any_of(job_.verifications, [](const JobVerification& verification) {
      return verification.level == VerifyLevel::restore && verification.target.empty();
    });
    if (!scratch) return;
    std::error_code failure;
    const auto space = std::filesystem::space(context_.host.temp_directory, failure);
    if (failure) return add("scratch", "space", State::warning, "it can't be asked: " + failure.message());
    judge_space("scratch", space.available, "name another folder for temporary files, or a `target`");
  }

  void check_channel(const std::string& name) {
    const auto channel = std::ranges::find(opened_.file().channels, name, &JobChannel::name);
    attempt("channel " + name, "options", State::warning, [&] {
      if (channel == opened_.file().channels.end()) throw Error(ErrorCode::not_found, "the job file has no such channel");
      make_channel(*channel, opened_.host(), context_);
      add("channel " + name, "options", State::ok, "complete");
    });
  }

  void check_hook(const JobHook& hook) {
    const State failed = hook.stops ? State::missing : State::warning;
    attempt("hook", "program", failed, [&] {
      const std::string path = hook.container.empty() ? find_program(hook.run.front(), context_) : found_in_container(hook);
      if (!path.empty()) return add("hook", "program", State::ok, path);
      const std::string where = hook.container.empty() ? "" : " in the container " + hook.container;
      add("hook", "program", failed, "there is no program " + hook.run.front() + where, "install it, or give its path");
    });
  }

  std::string found_in_container(const JobHook& hook) const {
    const container::ContainerExecutor inside(container::parse_exec_place(hook.container, hook.engine_socket), context_);
    return inside.find(hook.run.front(), {});
  }

  OpenedJob& opened_;
  const JobDefinition& job_;
  Context& context_;
  std::uint64_t expected_bytes_ = 0;
  PreflightReport report_;
};

}  // namespace

bool PreflightReport::ok() const {
  return std::ranges::none_of(checks, [](const PreflightCheck& check) { return check.state == State::missing; });
}

std::string to_json(const PreflightReport& report) {
  JsonWriter out;
  out.begin_array();
  for (const PreflightCheck& check : report.checks) {
    out.begin_object();
    out.member("of", check.of);
    out.member("what", check.what);
    out.member("state", check.state == State::ok ? "ok" : check.state == State::warning ? "warning" : "missing");
    out.member("detail", check.detail);
    out.member("advice", check.advice);
    out.end_object();
  }
  out.end_array();
  return std::move(out).text();
}

PreflightReport preflight(OpenedJob& opened) { return Preflight(opened).run(); }

PreflightReport preflight(const JobFile& file, const std::string& job, const JobHost& host, Context& context) {
  OpenedJob opened(file, find_job(file, job), host, context);
  return preflight(opened);
}

}  // namespace holdfast
