#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/client/tools.hpp"
#include "holdfast/sql_text.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kDumpBuffer = 256U << 10;

void write_dump(const postgres::ConnInfo& info, const std::string& bin_dir, Writer& out, Context& context) {
  const int version = postgres::Connection(info, context).server_version();
  const postgres::Tools tools = postgres::tools_for_server(version, bin_dir, context);
  const auto lock_wait = std::chrono::milliseconds(context.limits.lock_timeout);
  const Command command = postgres::tool_command(
      tools, "pg_dump", info, {"--format=plain", "--encoding=UTF8", "--lock-wait-timeout=" + std::to_string(lock_wait.count())});
  const std::unique_ptr<Process> process = start_program(command, context);
  process->close_input();
  Bytes buffer(kDumpBuffer);
  std::uint64_t total = 0;
  while (const std::size_t got = process->read(buffer, context)) {
    out.write(ByteView(buffer).first(got));
    context.add_progress(got, 0);
    total += got;
  }
  const int status = process->wait(context);
  const std::string database = "the dump of " + info.display();
  if (status != 0) {
    throw Error(ErrorCode::source, database + ": pg_dump ended with status " + std::to_string(status) + ": " + process->error_tail());
  }
  if (total == 0) throw Error(ErrorCode::source, database + " is empty: pg_dump reported success but wrote nothing");
}

}  // namespace

Producer dump_sql(const std::string& uri, std::string bin_dir) {
  return [info = postgres::ConnInfo(uri), bin_dir = std::move(bin_dir)](Writer& out, Context& context) {
    write_dump(info, bin_dir, out, context);
  };
}

}  // namespace holdfast
