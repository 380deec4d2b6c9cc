#include "holdfast/exec.hpp"

#include "driver/command/process.hpp"
#include "holdfast/pipeline_ends.hpp"
#include "io/producer_context.hpp"
#include "io/pulled.hpp"

namespace holdfast {

Producer exec(std::vector<std::string> argv) {
  return [command = CommandLine(std::move(argv))](Writer& out, Context& context) { command.read_into(out, context); };
}

Sink exec_sink(std::vector<std::string> argv) {
  return {[command = CommandLine(std::move(argv))](Context& context) {
    command.path(context);                                          // a missing program fails before the first byte is read
    const auto quiet = std::make_shared<ProducerContext>(context);  // the pipeline counts the bytes
    return pushed_writer([command, quiet](Reader& from) { command.feed(from, quiet->context()); }, command.program());
  }};
}

}  // namespace holdfast
