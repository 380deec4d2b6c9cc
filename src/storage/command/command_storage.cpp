#include "storage/command/command_storage.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/executor.hpp"
#include "base/hex.hpp"
#include "base/words.hpp"
#include "holdfast/error.hpp"
#include "storage/decorators/attempts.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

// Exit statuses with a meaning. 0 is success; any other status is a permanent failure.
constexpr int kNotFound = 3;
constexpr int kTaken = 4;
constexpr int kTryAgain = 75;   // EX_TEMPFAIL
constexpr int kForbidden = 77;  // EX_NOPERM
constexpr int kSshFailed = 255;

constexpr std::size_t kListingLimit = 1U << 30;
constexpr std::size_t kFirstRead = 64U << 10;
/// A number that any program can compute with; no object is larger.
constexpr std::uint64_t kLargestNumber = std::uint64_t{1} << 62U;

std::string length_word(std::uint64_t length) { return length > kLargestNumber ? "all" : std::to_string(length); }

class Program {
 public:
  Program(std::vector<std::string> argv, std::vector<std::string> variables, std::chrono::seconds stall_timeout,
          std::chrono::seconds timeout, const StorageHost& host)
      : argv_(std::move(argv)), variables_(std::move(variables)), timeout_(timeout) {
    context_.limits.stall_timeout = stall_timeout;
    context_.stop = host.stop;
    context_.host = tidy_context_.host = {.program_path = host.program_path, .executor = host.executor};
    const std::string found = find_program(argv_.front(), context_);
    if (found.empty()) throw Error(ErrorCode::not_found, "can't open storage " + name() + ": there is no such program");
    argv_.front() = found;
  }

  std::string name() const { return "command:" + argv_.front(); }
  const Context& context() const noexcept { return context_; }

  std::chrono::milliseconds patience(const CallLimit& limit) const { return limit.patience(context_.limits.stall_timeout); }

  Command command(const std::vector<std::string>& words, const CallLimit& limit) const {
    Command command{.argv = argv_, .patience = patience(limit)};
    command.pass.insert(command.pass.end(), variables_.begin(), variables_.end());
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    // The thread that starts the program may end first. If this process dies, the program's pipes close.
    command.death_signal = 0;
    return command;
  }
  std::unique_ptr<Process> start(const std::vector<std::string>& words, const CallLimit& limit) const {
    return start_program(command(words, limit), context_);
  }
  /// Runs the program to its end. Throws unless the status is 0 or `expected`.
  CommandResult run(const char* action, std::string_view object, const std::vector<std::string>& words, const CallLimit& limit,
                    int expected = 0) const {
    CommandResult result = run_command(command(words, limit), context_, {}, kListingLimit);
    if (result.status != 0 && result.status != expected) throw error(action, object, result.status, result.errors);
    return result;
  }
  /// Cleans up after a failed or cancelled call. Gives up soon.
  void tidy(const std::vector<std::string>& words) const { run_command(command(words, tidy_limit(timeout_)), tidy_context_); }
  Error error(const char* action, std::string_view object, int status, const std::string& said) const {
    const auto [code, retryable] = meaning(status);
    std::string why = said.empty() ? "it printed no message" : said;
    std::ranges::replace(why, '\n', ' ');
    return {code,
            "can't " + std::string(action) + " '" + std::string(object) + "' in " + name() + ": exit status " + std::to_string(status) +
                ": " + why,
            retryable};
  }

 private:
  static std::pair<ErrorCode, bool> meaning(int status) {
    switch (status) {
      case kNotFound: return {ErrorCode::not_found, false};
      case kTaken: return {ErrorCode::already_exists, false};
      case kTryAgain:
      case kSshFailed: return {ErrorCode::network, true};
      case kForbidden: return {ErrorCode::permission_denied, false};
      default: return {ErrorCode::io, false};
    }
  }

  std::vector<std::string> argv_;
  std::vector<std::string> variables_;  // those that the program inherits besides the basic ones
  std::chrono::seconds timeout_;
  Context context_;
  Context tidy_context_;  // without the stop: cleanup runs after it
};

/// Parses "SIZE SECONDS" at the beginning of a line. Returns the rest of the line, or nothing if it has another form.
std::string_view parse_facts(std::string_view line, ObjectInfo& info) {
  double seconds = 0;
  const char* const end = line.data() + line.size();
  const auto size = std::from_chars(line.data(), end, info.size);
  if (size.ec != std::errc() || size.ptr == end || *size.ptr != ' ') return {};
  const auto time = std::from_chars(size.ptr + 1, end, seconds, std::chars_format::fixed);
  if (time.ec != std::errc() || !(seconds >= 0 && seconds < 1e11)) return {};
  info.modified = TimePoint(std::chrono::microseconds(std::llround(seconds * 1e6)));
  return {time.ptr, static_cast<std::size_t>(end - time.ptr)};
}

/// Sends bytes under a temporary name. Only the operation `commit`, which states their number, makes them an object.
class CommandWriter final : public Writer {
 public:
  CommandWriter(std::shared_ptr<const Program> program, std::shared_ptr<const CallLimit> limit, std::string_view name)
      : program_(std::move(program)), limit_(std::move(limit)), name_(name) {
    std::array<std::byte, 16> random{};
    system_random().fill(random);
    temp_ = std::string(kTempFolder) + "/" + to_hex(random);
    process_ = program_->start({"put", temp_}, *limit_);
  }
  CommandWriter(const CommandWriter&) = delete;
  CommandWriter& operator=(const CommandWriter&) = delete;
  ~CommandWriter() override {
    if (committed_) return;
    try {
      process_.reset();  // kills it
      program_->tidy({"discard", temp_});
    } catch (...) {  // leftovers are not an object
    }
  }

  void write(ByteView data) override {
    process_->bound_silence(program_->patience(*limit_));
    if (process_->write(data, program_->context())) {
      size_ += data.size();
      return;
    }
    const int status = process_->wait(program_->context());
    throw program_->error("store", name_, status == 0 ? 1 : status, process_->error_tail());
  }
  void commit() override {
    if (publish() == PutResult::already_exists)
      throw Error(ErrorCode::already_exists, "can't store '" + name_ + "' in " + program_->name() + ": an object of that name exists");
  }
  PutResult publish() {
    process_->bound_silence(program_->patience(*limit_));
    process_->finish_input(program_->context());
    const int status = process_->wait(program_->context());
    if (status != 0) throw program_->error("store", name_, status, process_->error_tail());
    const auto result = program_->run("store", name_, {"commit", temp_, name_, std::to_string(size_)}, *limit_, kTaken);
    if (result.status == kTaken) return PutResult::already_exists;
    committed_ = true;
    return PutResult::created;
  }

 private:
  std::shared_ptr<const Program> program_;
  std::shared_ptr<const CallLimit> limit_;
  const std::string name_;
  std::string temp_;
  std::unique_ptr<Process> process_;
  std::uint64_t size_ = 0;
  bool committed_ = false;
};

class CommandReader final : public Reader {
 public:
  CommandReader(std::shared_ptr<const Program> program, std::shared_ptr<const CallLimit> limit, std::string_view name, std::uint64_t offset,
                std::uint64_t length)
      : program_(std::move(program)),
        limit_(std::move(limit)),
        name_(name),
        left_(length),
        process_(program_->start({"get", name_, std::to_string(std::min(offset, kLargestNumber)), length_word(length)}, *limit_)) {
    // The first bytes, or the end of the program, show whether the object exists.
    first_.resize(kFirstRead);
    first_.resize(pull(first_));
  }

  std::size_t read(std::span<std::byte> out) override {
    if (at_ == first_.size()) return ended_ ? 0 : pull(out);
    const std::size_t count = std::min(out.size(), first_.size() - at_);
    std::copy_n(first_.begin() + static_cast<long>(at_), count, out.begin());
    at_ += count;
    return count;
  }

 private:
  std::size_t pull(std::span<std::byte> out) {
    process_->bound_silence(program_->patience(*limit_));
    const std::size_t got = process_->read(out, program_->context());
    if (got > left_)
      throw Error(ErrorCode::corrupt, "'" + name_ + "' in " + program_->name() + ": the program sent more bytes than requested");
    left_ -= got;
    if (got != 0 || out.empty()) return got;
    ended_ = true;
    const int status = process_->wait(program_->context());
    if (status != 0) throw program_->error("read", name_, status, process_->error_tail());
    return 0;
  }

  std::shared_ptr<const Program> program_;
  std::shared_ptr<const CallLimit> limit_;
  const std::string name_;
  std::uint64_t left_;
  std::unique_ptr<Process> process_;
  Bytes first_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

class CommandStorage final : public Storage {
 public:
  CommandStorage(std::shared_ptr<const Program> program, std::shared_ptr<const CallLimit> limit)
      : program_(std::move(program)), limit_(std::move(limit)) {}

  std::string uri() const override { return program_->name(); }
  /// The program promises both; that can't be checked.
  StorageCaps caps() const override { return {}; }

  PutResult put_new(std::string_view name, ByteView bytes) override {
    check_object_name(name);
    CommandWriter writer(program_, limit_, name);
    writer.write(bytes);
    return writer.publish();
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    check_object_name(name);
    return std::make_unique<CommandWriter>(program_, limit_, name);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    check_object_name(name);
    return std::make_unique<CommandReader>(program_, limit_, name, offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override {
    check_object_name(name);
    const CommandResult result = program_->run("examine", name, {"stat", std::string(name)}, *limit_, kNotFound);
    if (result.status == kNotFound) return std::nullopt;
    ObjectInfo info{.name = std::string(name)};
    const std::string_view rest = parse_facts(result.output, info);
    if (rest != "\n") throw nonsense(name, result.output);
    return info;
  }
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    for (const ObjectInfo& info : listing(prefix))
      if (!visit(info)) return;
  }
  void remove(std::string_view name) override {
    check_object_name(name);
    program_->run("remove", name, {"delete", std::string(name)}, *limit_);
  }

 private:
  std::vector<ObjectInfo> listing(std::string_view prefix) const {
    const CommandResult result = program_->run("list", prefix, {"list", std::string(prefix)}, *limit_);
    std::vector<ObjectInfo> found;
    for (std::string_view rest = result.output; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      if (end == std::string_view::npos) throw nonsense(prefix, line);
      rest.remove_prefix(end + 1);
      ObjectInfo info;
      const std::string_view name = parse_facts(line, info);
      if (!name.starts_with(' ')) throw nonsense(prefix, line);
      info.name = name.substr(1);
      if (info.name.starts_with(prefix) && object_name_fault(info.name) == nullptr) found.push_back(std::move(info));
    }
    std::ranges::sort(found, {}, &ObjectInfo::name);
    return found;
  }
  Error nonsense(std::string_view about, std::string_view line) const {
    return {ErrorCode::corrupt, program_->name() + " printed '" + std::string(line.substr(0, 80)) + "' about '" + std::string(about) +
                                    "': not a line of the protocol"};
  }

  std::shared_ptr<const Program> program_;
  std::shared_ptr<const CallLimit> limit_;
};

}  // namespace

const std::vector<OptionSpec>& command_option_specs() {
  const auto seconds = [](const char* name, const char* default_value, const char* help) {
    return OptionSpec{
        .name = name, .type = OptionType::integer, .default_value = default_value, .help = help, .minimum = 1, .maximum = UINT32_MAX};
  };
  static const std::vector<OptionSpec> kAll = {
      {.name = "env", .help = "comma-separated names of variables that the program inherits"},
      seconds("stall_timeout", "300", "longest silence of the program, in seconds"),
      seconds("timeout", "600", "a call begins no further attempt after this many seconds"),
  };
  return kAll;
}

std::shared_ptr<Storage> command_storage(const std::vector<std::string>& argv, const Options& options, const StorageHost& host) {
  const ParsedOptions given = parse_options("command", command_option_specs(), options);
  const std::chrono::seconds stall(given.integer("stall_timeout")), timeout(given.integer("timeout"));
  std::vector<std::string> variables = require_variables(split_list(given.text("env")));
  const auto program = std::make_shared<const Program>(argv, std::move(variables), stall, timeout, host);
  return retrying_storage(
      [program](std::shared_ptr<const CallLimit> limit) { return std::make_shared<CommandStorage>(program, std::move(limit)); },
      {.deadline = timeout, .stop = host.stop, .wait = {}});
}

}  // namespace holdfast
