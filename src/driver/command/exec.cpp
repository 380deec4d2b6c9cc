#include "holdfast/exec.hpp"

#include "driver/command/process.hpp"

namespace holdfast {

Producer exec(std::vector<std::string> argv) {
  return [command = CommandLine(std::move(argv))](Writer& out, Context& context) { command.read_into(out, context); };
}

}  // namespace holdfast
