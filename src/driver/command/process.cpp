#include "driver/command/process.hpp"

#include <algorithm>

#include "base/plain_text.hpp"
#include "base/words.hpp"
#include "driver/command/redact.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kBuffer = 256U << 10;
constexpr std::size_t kShownErrors = 1000;

// Returns the end of a text. It does not begin inside a UTF-8 character.
std::string tail(const std::string& text, std::size_t length) {
  if (text.size() <= length) return text;
  std::size_t begin = text.size() - length;
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xc0U) == 0x80U) ++begin;
  return "..." + text.substr(begin);
}

std::string status_text(int status) {
  if (status > 128 && status < 128 + 65) return "signal " + std::to_string(status - 128) + " (status " + std::to_string(status) + ")";
  return "exit status " + std::to_string(status);
}

}  // namespace

CommandLine::CommandLine(std::vector<std::string> argv, std::optional<container::ExecPlace> place)
    : argv_(std::move(argv)), place_(std::move(place)) {
  if (argv_.empty() || argv_.front().empty()) {
    throw Error(ErrorCode::invalid_argument, "exec: names no program; give one, as in \"exec:pg_dump -d shop\"");
  }
  for (const std::string& word : argv_) {
    if (word.find('\0') != std::string::npos) throw Error(ErrorCode::invalid_argument, "exec: an argument holds a NUL character");
  }
  Redacted redacted = redact_words(argv_);
  secrets_ = std::move(redacted.secrets);
  shown_ = quote_words(redacted.words);
}

std::string CommandLine::program() const { return argv_.front().substr(argv_.front().rfind('/') + 1); }

std::shared_ptr<Executor> CommandLine::executor(const Context& context) const {
  if (place_) return std::make_shared<container::ContainerExecutor>(*place_, context);
  return {std::shared_ptr<Executor>(), context.host.executor};  // borrowed
}

std::string CommandLine::path(const Context& context) const { return path_on(*executor(context), context); }

std::string CommandLine::path_on(Executor& executor, const Context& context) const {
  std::string found = executor.find(argv_.front(), context.host.program_path);
  if (!found.empty()) return found;
  const std::string where = place_ ? " in the container " + place_->container : "";
  throw Error(ErrorCode::not_found, "can't find the program " + argv_.front() + " to run" + where + "; install it, or give its full path");
}

Command CommandLine::command(Executor& executor, const Context& context) const {
  Command command{.argv = argv_};
  command.argv.front() = path_on(executor, context);
  if (place_) {
    command.pass.clear();  // the container has a user, folders and a language of its own
  } else {
    command.pass.emplace_back("XDG_*");
  }
  const std::vector<std::string> asked = require_variables(context.host.pass_environment);
  command.pass.insert(command.pass.end(), asked.begin(), asked.end());
  return command;
}

std::uint64_t CommandLine::read_into(Writer& out, Context& context) const {
  const std::shared_ptr<Executor> executor = this->executor(context);
  const std::unique_ptr<Process> process = executor->start(command(*executor, context));
  process->close_input();
  Bytes buffer(kBuffer);
  std::uint64_t total = 0;
  while (const std::size_t got = process->read(buffer, context)) {
    out.write(ByteView(buffer).first(got));
    total += got;
  }
  check_status(process->wait(context), *process, ErrorCode::source);
  log_errors(*process, context);
  return total;
}

std::uint64_t CommandLine::feed(Reader& from, Context& context) const {
  const std::shared_ptr<Executor> executor = this->executor(context);
  Command command = this->command(*executor, context);
  command.discard_output = true;
  const std::unique_ptr<Process> process = executor->start(command);
  Bytes buffer(kBuffer);
  std::uint64_t total = 0;
  bool took_all = true;
  while (const std::size_t got = took_all ? from.read(buffer) : 0) {
    took_all = process->write(ByteView(buffer).first(got), context);
    context.add_progress(got, 0);
    total += got;
  }
  took_all = took_all && process->finish_input(context);
  check_status(process->wait(context), *process, ErrorCode::target);
  if (took_all) log_errors(*process, context);
  if (took_all) return total;
  throw Error(ErrorCode::target, program() + " ended without reading all of its input, so the restore is not complete" + said(*process));
}

void CommandLine::check_status(int status, const Process& process, ErrorCode code) const {
  if (status != 0) throw Error(code, program() + " failed with " + status_text(status) + said(process));
}

// A program that succeeds may have something to say, too.
void CommandLine::log_errors(const Process& process, const Context& context) const {
  const std::string errors = without_secrets(process.error_tail(), secrets_);
  for (std::size_t at = 0; at < errors.size();) {
    const std::size_t end = std::min(errors.find('\n', at), errors.size());
    if (end != at) context.log(program() + ": " + plain_line(errors.substr(at, end - at)));
    at = end + 1;
  }
}

std::string CommandLine::said(const Process& process) const {
  const std::string errors = process.error_tail();
  return errors.empty() ? "" : ": " + tail(without_secrets(errors, secrets_), kShownErrors);
}

}  // namespace holdfast
