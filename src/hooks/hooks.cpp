#include "holdfast/hooks.hpp"

#include <algorithm>
#include <optional>

#include "base/bounded_run.hpp"
#include "base/json_writer.hpp"
#include "base/plain_text.hpp"
#include "container/executor.hpp"
#include "holdfast/error.hpp"
#include "holdfast/report.hpp"
#include "hooks/variables.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMostReason = 500;

const char* name_of(HookMoment moment) { return moment == HookMoment::before ? "before" : "after"; }

bool is_due(const Hook& hook, HookMoment moment, Outcome outcome) {
  if (hook.moment != moment) return false;
  const bool well = outcome == Outcome::succeeded || outcome == Outcome::warnings;
  return moment == HookMoment::before || hook.on == HookOn::always || well == (hook.on == HookOn::success);
}

std::string input_of(const Hook& hook, const OperationRecord& record) {
  JsonWriter out;
  out.begin_object();
  out.member("hook", hook.name);
  out.member("moment", name_of(hook.moment));
  out.end_object();
  std::string text = std::move(out).text();
  text.pop_back();
  return text + ",\"operation\":" + to_json(record) + "}\n";
}

/// A message for the user: "hook NAME: why".
std::string reason(const HookResult& result, const BoundedRun& run, const Hook& hook) {
  std::string why = "hook " + hook.name + ": ";
  if (result.state == HookState::late) {
    why += hook.argv[0] + " did not end within " + std::to_string(hook.deadline.count()) + " s and was killed";
  } else {
    why += hook.argv[0] + " ended with status " + std::to_string(result.status);
  }
  return run.errors.empty() ? why : why + ": " + shortened(plain_line(run.errors), kMostReason);
}

void run_program(const Hook& hook, const OperationRecord& record, const Context& context, HookResult& result) {
  HostServices host = context.host;
  if (hook.executor != nullptr) host.executor = hook.executor;
  std::optional<container::ContainerExecutor> inside;
  if (!hook.container.empty()) host.executor = &inside.emplace(container::parse_exec_place(hook.container, hook.engine_socket), context);
  Context there(host);
  there.stop = context.stop;
  Command command{.argv = hook.argv, .environment = variables_for(hook, record)};
  command.argv[0] = find_program(hook.argv[0], there);
  if (command.argv[0].empty()) throw Error(ErrorCode::not_found, "there is no program " + hook.argv[0] + ": install it, or give its path");
  if (inside) command.pass.clear();  // the container has a user, folders and a language of its own
  const std::vector<std::string>& pass = context.host.pass_environment;
  command.pass.insert(command.pass.end(), pass.begin(), pass.end());
  const BoundedRun run = run_bounded(command, {.deadline = hook.deadline, .most_output = hook.most_output}, input_of(hook, record), there);
  result.status = run.status;
  result.output = run.output;
  result.output_cut = run.cut;
  result.state = run.late ? HookState::late : run.status != 0 ? HookState::failed : HookState::succeeded;
  if (result.state != HookState::succeeded) result.why = reason(result, run, hook);
}

HookResult run_hook(const Hook& hook, const OperationRecord& record, const Context& context) {
  HookResult result{.hook = hook.name, .moment = hook.moment, .output = {}, .why = {}};
  const auto began = std::chrono::steady_clock::now();
  try {
    run_program(hook, record, context, result);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw error.with_context("hook " + hook.name);
    result.state = HookState::not_started;
    result.why = "hook " + hook.name + ": " + error.message();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  result.vetoed = hook.moment == HookMoment::before && hook.veto && result.state != HookState::succeeded;
  return result;
}

}  // namespace

std::string_view to_string(HookState state) noexcept {
  switch (state) {
    case HookState::succeeded: return "succeeded";
    case HookState::failed: return "failed";
    case HookState::late: return "late";
    default: return "not_started";
  }
}

void check_hook(const Hook& hook) {
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::invalid_argument, "hook " + hook.name + " " + why); };
  if (hook.name.empty()) throw Error(ErrorCode::invalid_argument, "a hook has no name: give it one, for results and errors");
  if (hook.argv.empty() || hook.argv[0].empty()) refuse("has no command: give a program and its arguments");
  const auto has_nul = [](const std::string& word) { return word.find('\0') != std::string::npos; };
  if (std::ranges::any_of(hook.argv, has_nul)) refuse("has a NUL in its command");
  if (hook.deadline < std::chrono::seconds(1)) refuse("needs a deadline of 1s at least");
  if (hook.moment == HookMoment::before && hook.on != HookOn::always)
    refuse("runs before the operation: there is no outcome yet for its 'on'");
  if (hook.container.empty()) {
    if (!hook.engine_socket.empty()) refuse("has an engine_socket and no container");
  } else {
    if (hook.executor != nullptr) refuse("has both an executor and a container");
    try {
      container::parse_exec_place(hook.container, hook.engine_socket);
    } catch (const Error& error) {
      throw error.with_context("hook " + hook.name);
    }
  }
  check_variables(hook);
}

std::string HookReport::veto() const {
  const auto found = std::ranges::find_if(results, [](const HookResult& result) { return result.vetoed; });
  return found == results.end() ? std::string() : found->why;
}

std::string to_json(const HookReport& report) {
  JsonWriter out;
  out.begin_array();
  for (const HookResult& result : report.results) {
    out.begin_object();
    out.member("hook", result.hook);
    out.member("moment", name_of(result.moment));
    out.member("state", to_string(result.state));
    out.member("vetoed", result.vetoed);
    out.member("status", std::int64_t{result.status});
    out.member("seconds", result.seconds);
    out.member("output", result.output);
    out.member("output_cut", result.output_cut);
    out.member("why", result.why);
    out.end_object();
  }
  out.end_array();
  return std::move(out).text();
}

HookReport run_hooks(const std::vector<Hook>& hooks, HookMoment moment, const OperationRecord& record, const Context& context) {
  for (const Hook& hook : hooks) check_hook(hook);
  HookReport report;
  for (const Hook& hook : hooks) {
    if (!is_due(hook, moment, record.outcome)) continue;
    context.check();
    report.results.push_back(run_hook(hook, record, context));
    const HookResult& result = report.results.back();
    if (result.state != HookState::succeeded) context.warn(result.why, hook.name);
    if (result.vetoed) break;
  }
  return report;
}

}  // namespace holdfast
