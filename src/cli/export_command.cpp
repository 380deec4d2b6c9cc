#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "holdfast/transform.hpp"
#include "mask_input.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct ExportArguments {
  std::string backup, source = "0", compression, file;
  bool force = false;
  std::vector<std::string> driver;
  MaskInput mask;
  ExportOptions options;
};

std::string compression_of(const ExportArguments& arguments) {
  if (!arguments.compression.empty()) return arguments.compression;
  if (arguments.file.ends_with(".gz")) return "gzip";
  return arguments.file.ends_with(".zst") ? "zstd" : "none";
}

// Counts the bytes written to the file.
class CountingWriter final : public Writer {
 public:
  CountingWriter(std::unique_ptr<Writer> next, std::uint64_t& bytes) : next_(std::move(next)), bytes_(bytes) {}
  void write(ByteView data) override {
    next_->write(data);
    bytes_ += data.size();
  }
  void commit() override { next_->commit(); }

 private:
  std::unique_ptr<Writer> next_;
  std::uint64_t& bytes_;
};

int export_backup(Session& session, ExportArguments& arguments) {
  const bool to_output = arguments.file == "-";
  if (to_output && session.json()) throw Error(ErrorCode::invalid_argument, "--json and -o - both want standard output; name a file");
  arguments.options.driver = parse_pairs(arguments.driver, "--option");
  arguments.options.mask = read_mask(arguments.mask);
  Repository repository = session.open_repository();
  const BackupInfo backup = session.find_backup(repository, arguments.backup);
  const std::uint32_t source = Session::find_source(backup, arguments.source);
  std::string& format = arguments.options.format;
  format = export_format(repository.drivers().named(backup.sources[source].driver), format);
  std::uint64_t bytes = 0;
  std::unique_ptr<Writer> out = to_output ? output_writer(session.context().stop) : file_writer(arguments.file, arguments.force);
  out = std::make_unique<CountingWriter>(std::move(out), bytes);
  if (const TransformPtr compression = parse_compression(compression_of(arguments))) out = compression->encode(std::move(out));
  session.with_progress(backup.sources[source].name, "read", [&] {
    repository.export_to(backup.id, source, arguments.options, *out, session.context());
    return true;
  });
  if (to_output) return session.context().warnings() > 0 ? kWarnings : kOk;
  Json json{{"backup", backup.id}, {"file", arguments.file}, {"format", format}, {"bytes", bytes}};
  return session.confirm(std::move(json),
                         fmt::format("exported {}  {} into {}\n", backup.id, format_size(bytes), printable(arguments.file)));
}

}  // namespace

void add_export(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("export", "Write a backup as a file that stock tools read");
  const auto arguments = std::make_shared<ExportArguments>();
  command.add_option("backup", arguments->backup, "Id, its unique beginning, latest, or latest:SERIES")->required();
  command.add_option("--format", arguments->options.format, "One of the driver's formats, as listed below; default: its first")
      ->type_name("NAME");
  command.add_option("--compression", arguments->compression, "gzip, zstd or none; default: as the file's name ends")
      ->check(CLI::IsMember({"gzip", "zstd", "none"}));
  command.add_option("-o,--output", arguments->file, "The file, or - for standard output")->required()->type_name("FILE");
  command.add_option("--source", arguments->source, "Which source: its name, its URI, or its number from 0; default: 0")
      ->type_name("NAME|N");
  command.add_flag("--force", arguments->force, "Replace a file of that name");
  add_selection_options(command, arguments->options.selection);
  add_mask_options(command, arguments->mask);
  add_driver_options(command, DriverCall::export_to, arguments->driver, "--option");
  add_export_format_list(command);
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return export_backup(session, *arguments); });
}

}  // namespace holdfast::cli
