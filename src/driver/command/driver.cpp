#include "driver/command/driver.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/host_name.hpp"
#include "base/words.hpp"
#include "driver/command/process.hpp"
#include "repository/single_stream.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kExec = "exec:";
constexpr const char* kCommand = "a command";
constexpr const char* kArgv = "argv";
constexpr const char* kSuffix = "suffix";
constexpr const char* kEngineSocket = "engine_socket";
constexpr const char* kRestoreWith = "restore_with";
constexpr std::size_t kLongestSuffix = 32;

bool runs_in_container(std::string_view uri) { return uri.starts_with("docker-exec:") || uri.starts_with("podman-exec:"); }

// The parts of "exec:pg_dump -d shop" and of "docker-exec://db pg_dump -d shop".
struct CommandUri {
  std::string prefix;  // what is before the command: "exec:", "docker-exec://db "
  std::string line;
  std::optional<container::ExecPlace> place;
};

CommandUri parse_command_uri(const std::string& uri, const ParsedOptions& options) {
  if (!runs_in_container(uri)) {
    if (!uri.starts_with(kExec)) throw Error(ErrorCode::invalid_argument, "a command to run begins with \"exec:\"");
    if (options.given(kEngineSocket))
      throw Error(ErrorCode::invalid_argument, "option engine_socket is for commands in a container: docker-exec://NAME COMMAND");
    return {std::string(kExec), uri.substr(kExec.size()), {}};
  }
  const std::string scheme = uri.substr(0, uri.find(':'));
  const std::size_t begin = scheme.size() + std::string_view("://").size();
  const std::size_t end = std::min(uri.find(' ', begin), uri.size());
  const std::string name = uri.compare(scheme.size(), 3, "://") == 0 && begin < end ? uri.substr(begin, end - begin) : std::string();
  if (!container::is_container_name(name))
    throw Error(ErrorCode::invalid_argument, "a command in a container is written as in \"" + scheme + "://db pg_dump -U postgres shop\"");
  return {scheme + "://" + name + " ", uri.substr(end),
          container::ExecPlace{container::socket_of(options.text(kEngineSocket), scheme), name}};
}

CommandLine command_of(const CommandUri& uri, const ParsedOptions& options) {
  if (!options.given(kArgv)) return CommandLine(split_words(uri.line), uri.place);
  if (uri.line.find_first_not_of(" \t") != std::string::npos)
    throw Error(ErrorCode::invalid_argument, "give the command either in the URI or as option argv, not both");
  return CommandLine(options.list(kArgv), uri.place);
}

CommandLine command_of(const std::string& uri, const ParsedOptions& options) {
  return command_of(parse_command_uri(uri, options), options);
}

void check_suffix(const std::string& suffix) {
  const auto allowed = [](char c) { return is_ascii_alnum(c) || c == '.' || c == '_' || c == '-'; };
  const bool good = suffix.size() > 1 && suffix.size() <= kLongestSuffix && suffix.front() == '.' &&
                    suffix.find("..") == std::string::npos && std::all_of(suffix.begin(), suffix.end(), allowed);
  if (!good) throw Error(ErrorCode::invalid_argument, "option suffix must be like \".sql\": a dot, then letters, digits, dots, '_' or '-'");
}

class CommandSource final : public Source {
 public:
  CommandSource(const CommandUri& uri, const ParsedOptions& options)
      : prefix_(uri.prefix),
        container_(uri.place ? uri.place->container : ""),
        command_(command_of(uri, options)),
        suffix_(options.text(kSuffix)),
        restore_with_(options.text(kRestoreWith)) {
    check_suffix(suffix_);
  }

  SourceInfo describe(Context& context) override {
    command_.path(context);
    SourceInfo info;
    info.record.uri = prefix_ + command_.shown();
    info.record.driver = "exec";
    info.record.name = command_.program();
    info.record.notes["host"] = host_name();
    if (!container_.empty()) info.record.notes["container"] = container_;
    info.single_stream = true;
    info.compression = "gzip:6";
    return info;
  }

  void backup(BackupWriter& out, Context& context) override {
    out.set_instant(context.now());
    const auto entry = out.open({.name = suffix_, .kind = "stream", .attributes = {}, .restore_with = restore_with_});
    if (command_.read_into(*entry, context) == 0) {
      context.warn(command_.program() + " succeeded but printed nothing: this backup is empty", command_.program());
    }
    entry->commit();
  }

 private:
  std::string prefix_, container_;
  CommandLine command_;
  std::string suffix_;
  std::string restore_with_;
};

class CommandTarget final : public Target {
 public:
  explicit CommandTarget(CommandLine command) : command_(std::move(command)) {}

  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    refuse_stream_options(options, kCommand);
    only_entry(backup, kCommand);
    command_.path(context);
  }

  RestoreReport restore(const BackupView& backup, const RestoreOptions&, Context& context) override {
    RestoreReport report;
    const EntryRecord& entry = only_entry(backup, kCommand);
    context.expect_bytes(entry.plain_bytes);
    const auto reader = backup.open(entry);
    report.bytes = command_.feed(*reader, context);
    report.entries = 1;
    report.where = "the command " + command_.shown();
    return report;
  }

 private:
  CommandLine command_;
};

class CommandDriver final : public Driver {
 public:
  std::string_view name() const noexcept override { return "exec"; }
  std::vector<std::string> schemes() const override { return {"exec", "docker-exec", "podman-exec"}; }

  std::vector<ExportFormat> export_formats() const override { return {{"stream", "the output of the command, unchanged"}}; }

  DriverAbilities abilities() const override { return {.consistent = false, .selection = false, .proof = ProofLevel::restored}; }

  std::vector<OptionSpec> options() const override {
    return {{.name = kArgv,
             .type = OptionType::list,
             .help = "the program and its arguments, instead of words after \"exec:\"",
             .calls = {DriverCall::backup, DriverCall::restore, DriverCall::verify, DriverCall::doctor}},
            {.name = kSuffix, .default_value = ".sql", .help = "ending of the stored stream's name", .calls = {DriverCall::backup}},
            {.name = kRestoreWith,
             .help = "shell command for RESTORE.txt that takes the stream on its standard input",
             .calls = {DriverCall::backup}},
            {.name = kEngineSocket,
             .help = "of a command in a container: path of the unix socket of the engine's API; empty = the engine's usual one",
             .calls = {DriverCall::backup, DriverCall::restore, DriverCall::verify, DriverCall::doctor}}};
  }

  std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& given) const override {
    const ParsedOptions options = parsed(DriverCall::backup, given);
    check_selection(*this, selection);
    return std::make_unique<CommandSource>(parse_command_uri(uri, options), options);
  }

  std::unique_ptr<Target> open_target(const std::string& uri, const Options& given) const override {
    return std::make_unique<CommandTarget>(command_of(uri, parsed(DriverCall::restore, given)));
  }

  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const override {
    const ParsedOptions given = parsed(DriverCall::verify, options.driver);
    if (options.target.empty()) {
      throw Error(ErrorCode::unsupported, "a proof of a command's stream needs a target to try it on: name a scratch one, as in " +
                                              std::string("--target \"exec:psql -X -v ON_ERROR_STOP=1 -d scratch\""));
    }
    if (!options.queries.empty() || !options.restored.empty()) {
      throw Error(ErrorCode::unsupported,
                  "queries and comparisons need a database, and exec knows only commands; let the target command check what it got");
    }
    CommandTarget target(command_of(options.target, given));
    target.preflight(backup, {}, context);
    ProofReport report;
    try {
      report.where = target.restore(backup, {}, context).where;
      report.level = ProofLevel::restored;
    } catch (const Error& error) {
      // These two codes are faults of the backup. Any other failure means that the attempt was not possible.
      if (error.code() != ErrorCode::target && error.code() != ErrorCode::corrupt) throw;
      report.faults.push_back({only_entry(backup, kCommand).name, error.message()});
    }
    return report;
  }

  void export_to(const BackupView& backup, const ExportOptions& options, Writer& out, Context& context) const override {
    check_options(DriverCall::export_to, options.driver);
    copy_entry(backup, only_entry(backup, kCommand), out, context);
  }

  std::vector<Finding> diagnose(const std::string& uri, const Options& given, Context& context) const override {
    const ParsedOptions options = parsed(DriverCall::doctor, given);
    if (!options.given(kArgv) && (uri.empty() || uri == kExec)) return {{Finding::State::ok, "exec", "runs any command"}};
    const CommandLine command = command_of(uri.empty() ? std::string(kExec) : uri, options);
    try {
      return {{Finding::State::ok, command.program(), command.path(context)}};
    } catch (const Error& error) {
      return {{Finding::State::missing, command.program(), error.message()}};
    }
  }
};

}  // namespace

std::shared_ptr<const Driver> command_driver() { return std::make_shared<CommandDriver>(); }

}  // namespace holdfast
