#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <string_view>

#include "format.hpp"
#include "holdfast/version.hpp"
#include "output.hpp"
#include "session.hpp"
#include "signals.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::cli;

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return kUsage;
    case ErrorCode::wrong_key: return kWrongKey;
    case ErrorCode::cancelled: return kCancelled;
    default: return kFailed;
  }
}

int report(const Error& error, int exit_code, bool json) {
  write_error("holdfast: " + printable(error.message()) + "\n");
  if (!json) return exit_code;
  try {
    write_output(one_line({{"error", document(error)}}) + "\n");
  } catch (const Error&) {  // nobody reads the output; standard error and the exit code have the result
  }
  return exit_code;
}

int run(CLI::App& app, Session& session, int argc, char** argv) {
  const bool json = std::any_of(argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
  try {
    app.parse(argc, argv);
    session.prepare();
    return session.action();
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    const bool option_first = argc > 1 && argv[1][0] == '-';
    const std::string hint = option_first ? " (options come after the command: holdfast list -r REPO)" : " (see --help)";
    return report(Error(ErrorCode::invalid_argument, error.what() + hint), kUsage, json);
  } catch (const NoSuch& error) {
    return report(error, kNoSuch, json);
  } catch (const Error& error) {
    return report(error, exit_code_of(error.code()), json);
  } catch (const std::exception& error) {
    return report(Error(ErrorCode::internal, std::string("unexpected: ") + error.what()), kFailed, json);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Signals signals;
  Session session(take_environment(), signals.token());
  CLI::App app{"Back up databases and files, keep them safe, and prove that they can be restored.", "holdfast"};
  app.set_version_flag("--version", std::string("holdfast ") + version());
  app.require_subcommand(1);
  app.footer(
      "holdfast COMMAND --help tells more. Exit codes: 0 ok, 1 failed, 2 usage, 3 done with warnings,\n"
      "4 verification found a fault, 5 no such repository or backup, 6 wrong key, 130 cancelled.");
  for (const auto add : {add_init,  add_backup, add_list,     add_status, add_show,   add_restore, add_verify,    add_expire, add_remove,
                         add_gc,    add_tier,   add_repair,   add_copy,   add_diff,   add_key,     add_export,    add_mask,   add_anchor,
                         add_audit, add_job,    add_schedule, add_notify, add_doctor, add_help,    add_completion}) {
    add(app, session);
  }
  return run(app, session, argc, argv);
}
