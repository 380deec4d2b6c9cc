#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/operation.hpp"
#include "holdfast/option.hpp"

namespace holdfast {

enum class HookMoment { before, after };

/// The outcomes after which an after-hook runs.
enum class HookOn { always, success, failure };

/// A program that runs before or after an operation. It receives JSON on its standard input: {"hook", "moment",
/// "operation": the record as to_json writes it}. No shell is involved, and nothing of the operation becomes part of
/// its arguments.
struct Hook {
  std::string name;  ///< for people: in results and errors
  HookMoment moment = HookMoment::before;
  HookOn on = HookOn::always;
  std::vector<std::string> argv;  ///< argv[0] is a path, or is searched on the host's program path
  /// Variables that it gets, besides PATH, HOME, language and those of HostServices::pass_environment: names, and
  /// templates of their values (docs/notifications.md).
  std::vector<std::pair<std::string, std::string>> variables = {};
  std::chrono::seconds deadline{300};   ///< of the whole run; then its process group is killed
  bool veto = true;                     ///< before: its failure forbids the operation
  std::size_t most_output = 64U << 10;  ///< bytes of standard output that the result keeps
  Executor* executor = nullptr;         ///< where it runs; null = the context's host. Borrowed
  /// Runs it in a container: "docker:NAME", "podman:NAME", or "docker:USER@NAME" for a user of the container's system.
  std::string container = {};
  std::string engine_socket = {};  ///< path of the socket of that engine's API; empty = the usual one
};

/// The options that parse_hook takes.
const std::vector<OptionSpec>& hook_option_specs();
/// Makes a hook of options by name. Throws Error{invalid_argument}.
Hook parse_hook(std::string name, const Options& options);
/// Throws Error{invalid_argument} for a hook that can't work. Starts nothing.
void check_hook(const Hook& hook);

enum class HookState {
  succeeded,
  failed,       ///< it ended with another status than 0
  late,         ///< it was killed at its deadline
  not_started,  ///< there is no such program, or it can't be started
};
std::string_view to_string(HookState state) noexcept;

struct HookResult {
  std::string hook;
  HookMoment moment = HookMoment::before;
  HookState state = HookState::succeeded;
  bool vetoed = false;      ///< it forbids the operation
  int status = 0;           ///< exit code, or 128 + signal
  double seconds = 0;       ///< independent of clock changes
  std::string output;       ///< its standard output, without control characters except line feeds
  bool output_cut = false;  ///< there was more
  std::string why;          ///< one line, unless it succeeded: names the hook, and has the end of its standard error
};

/// Results of all hooks that ran.
struct HookReport {
  std::vector<HookResult> results;
  /// Returns the reason why the operation must not run; empty = it may.
  std::string veto() const;
};
std::string to_json(const HookReport& report);

/// Runs the hooks of a moment that the record calls for, in their order, each to its end. `record` describes the
/// operation: with the outcome `running` before it. A failure before the operation ends the list if it is a veto; a
/// failure after it does not. Warns of each hook that fails. Throws Error{cancelled} after it killed the running hook.
HookReport run_hooks(const std::vector<Hook>& hooks, HookMoment moment, const OperationRecord& record, const Context& context);

}  // namespace holdfast
