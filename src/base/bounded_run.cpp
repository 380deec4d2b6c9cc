#include "base/bounded_run.hpp"

#include <algorithm>
#include <array>

#include "base/deadline.hpp"
#include "base/plain_text.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

void run(Process& process, const RunBounds& bounds, std::string_view input, const Context& context, BoundedRun& result) {
  if (!input.empty()) process.write(as_bytes(input), context);
  process.close_input();
  std::array<std::byte, 16384> buffer;
  while (const std::size_t got = process.read(buffer, context)) {
    const std::size_t kept = std::min(got, bounds.most_output - result.output.size());
    result.output += as_text(ByteView(buffer).first(kept));
    result.cut = result.cut || kept < got;
  }
  result.status = process.wait(context);
}

}  // namespace

BoundedRun run_bounded(const Command& command, const RunBounds& bounds, std::string_view input, const Context& context) {
  const Deadline deadline(bounds.deadline, context.stop);
  Context bounded(context.host);
  bounded.stop = deadline.token();
  // A silent program has its whole time.
  bounded.limits.stall_timeout = std::chrono::ceil<std::chrono::seconds>(bounds.deadline) + std::chrono::seconds(60);
  BoundedRun result;
  {
    const std::unique_ptr<Process> process = start_program(command, bounded);
    try {
      run(*process, bounds, input, bounded, result);
    } catch (const Error& error) {
      if (!deadline.passed() || context.cancelled()) throw;
      result.late = true;
    }
    result.errors = plain_text(process->error_tail());
  }
  result.output = plain_text(result.output);
  return result;
}

}  // namespace holdfast
