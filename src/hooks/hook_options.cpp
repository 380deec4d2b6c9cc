#include "holdfast/error.hpp"
#include "holdfast/exec.hpp"
#include "holdfast/hooks.hpp"

namespace holdfast {

const std::vector<OptionSpec>& hook_option_specs() {
  static const std::vector<OptionSpec> kSpecs = {
      {.name = "command", .help = "the program and its arguments, split as a shell would"},
      {.name = "moment", .type = OptionType::choice, .default_value = "before", .help = "when it runs", .choices = {"before", "after"}},
      {.name = "on",
       .type = OptionType::choice,
       .default_value = "always",
       .help = "after which outcomes it runs",
       .choices = {"always", "success", "failure"}},
      {.name = "veto", .type = OptionType::boolean, .default_value = "yes", .help = "its failure before an operation forbids it"},
      {.name = "deadline", .type = OptionType::duration, .default_value = "5m", .help = "limit of its run", .minimum = 1},
      {.name = "variables", .type = OptionType::list, .help = "variables that it gets, as NAME=TEMPLATE"},
      {.name = "container", .help = "the container that it runs in: docker:NAME, podman:NAME or docker:USER@NAME"},
      {.name = "engine_socket", .help = "path of the unix socket of the container engine's API"},
  };
  return kSpecs;
}

Hook parse_hook(std::string name, const Options& options) {
  const ParsedOptions given = parse_options("hook " + name, hook_option_specs(), options);
  Hook hook{.name = std::move(name), .argv = {}};
  try {
    if (!given.text("command").empty()) hook.argv = split_words(given.text("command"));
  } catch (const Error& error) {
    throw error.with_context("hook " + hook.name);
  }
  hook.moment = given.text("moment") == "after" ? HookMoment::after : HookMoment::before;
  const std::string& on = given.text("on");
  hook.on = on == "success" ? HookOn::success : on == "failure" ? HookOn::failure : HookOn::always;
  hook.veto = given.flag("veto");
  hook.deadline = given.duration("deadline");
  for (const std::string& pair : given.list("variables")) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos)
      throw Error(ErrorCode::invalid_argument, "hook " + hook.name + " takes variables as NAME=TEMPLATE, not '" + pair + "'");
    hook.variables.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  hook.container = given.text("container");
  hook.engine_socket = given.text("engine_socket");
  check_hook(hook);
  return hook;
}

}  // namespace holdfast
