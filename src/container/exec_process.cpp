#include "container/exec_process.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <thread>

#include "container/exec_request.hpp"

namespace holdfast::container {

namespace {

constexpr std::chrono::milliseconds kTickOfExec{100};
constexpr std::chrono::milliseconds kTimeToEnd{2000};  // after SIGTERM
constexpr std::chrono::seconds kPatienceOfEnding{10};  // with the engine
constexpr int kPartsAtOnce = 64;                       // between checks for a cancellation
constexpr std::size_t kMostHeldOutput = 64U << 20;
constexpr std::string_view kUnread = "holdfast: left input unread";

// $@ is the program. Only the last byte count tells "unread": without dd or wc, nothing is claimed. The shell outlives
// a SIGTERM to the group, and so takes the end of the program itself: as an orphan, that would be a child of the
// container's first process, and PostgreSQL, if it is that, takes an unknown child that a signal ends for a crash.
constexpr const char* kWrapper =
    "trap 'ended=1' TERM; echo \"$$\" >&2; \"$@\"; status=$?; [ \"$ended\" ] || "
    "case $(dd bs=1 count=1 2>/dev/null | wc -c) in *1) echo 'holdfast: left input unread' >&2;; esac; exit $status";
// A group, or at least the shell: an engine may not make it a group's leader.
constexpr const char* kKill = "kill -s \"$1\" -- \"-$2\" 2>/dev/null || kill -s \"$1\" \"$2\"";

std::vector<std::string> wrapped(const std::vector<std::string>& argv) {
  std::vector<std::string> words = {"sh", "-c", kWrapper, "sh"};
  words.insert(words.end(), argv.begin(), argv.end());
  return words;
}

const char* signal_name(int signal) { return signal == SIGKILL ? "KILL" : signal == SIGINT ? "INT" : "TERM"; }

}  // namespace

ExecProcess::ExecProcess(const ExecPlace& place, const Command& command, const Context& context)
    : place_(place),
      name_(std::filesystem::path(command.argv.at(0)).filename()),
      discard_output_(command.discard_output),
      patience_(command.patience),
      engine_(place.socket, context),
      ending_(place.socket, Engine::bounds_of_ending(kPatienceOfEnding)) {
  id_ =
      create_exec(engine_, place_, {.argv = wrapped(command.argv), .environment = environment_of(command), .directory = command.directory});
  stream_ = std::make_unique<ExecStream>(engine_, id_);
}

// Nothing of the program may go on in the container.
ExecProcess::~ExecProcess() {
  if (done_) return;
  try {
    await_group();
    kill(SIGTERM);
    const auto end = std::chrono::steady_clock::now() + kTimeToEnd;
    while (!status(ending_) && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(kTickOfExec);
    if (!status(ending_)) kill(SIGKILL);
  } catch (...) {  // there is no engine any more to end it with
  }
}

// A program that was started a moment ago has not told its group yet.
void ExecProcess::await_group() {
  const auto end = std::chrono::steady_clock::now() + kTimeToEnd;
  while (group_.empty() && !stream_->ended() && std::chrono::steady_clock::now() < end) {
    held_.clear();
    taken_ = 0;
    if (stream_->wait(false, kTickOfExec).read) receive();
  }
}

void ExecProcess::kill(int signal) noexcept {
  try {
    if (group_.empty()) return;
    const std::string id =
        create_exec(ending_, place_,
                    {.argv = {"sh", "-c", kKill, "sh", signal_name(signal), group_}, .environment = {}, .directory = {}, .attach = false});
    ending_.ask("POST", "/exec/" + id + "/start", R"({"Detach":true,"Tty":false})");
  } catch (...) {  // as with a local process that no longer exists
  }
}

// The exit status; null while the program runs.
std::optional<int> ExecProcess::status(Engine& engine) const {
  const Answer answer = engine.must("can't ask for the end of " + name_, "GET", "/exec/" + id_ + "/json");
  if (!answer.body->is_object()) throw Error(ErrorCode::source, "the engine's answer about " + name_ + " can't be read");
  const auto running = answer.body->find("Running"), code = answer.body->find("ExitCode");
  const bool known = running != answer.body->end() && running->is_boolean() && !running->get<bool>();
  if (!known || code == answer.body->end() || !code->is_number_integer()) return std::nullopt;
  return code->get<int>();
}

bool ExecProcess::running() { return !done_ && !status(engine_); }

void ExecProcess::take_errors(std::string_view text) {
  if (group_.empty()) {
    const std::size_t end = text.find('\n');
    announced_ += text.substr(0, end);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
    const bool number = !announced_.empty() && announced_.find_first_not_of("0123456789") == std::string::npos;
    group_ = number ? announced_ : "0";
    if (!number) errors_.add(announced_ + "\n");
  }
  errors_.add(text);
}

// Takes what has arrived, up to one buffer: what the caller does not read stays in the connection, and the program
// waits.
void ExecProcess::receive() {
  for (int parts = 0; parts < kPartsAtOnce; ++parts) {
    const std::optional<ExecStream::Part> part = stream_->take();
    if (!part) return;
    if (part->bytes.empty()) continue;
    if (part->channel == ExecStream::Channel::errors) {
      take_errors(as_text(part->bytes));
    } else if (!discard_output_) {
      held_.insert(held_.end(), part->bytes.begin(), part->bytes.end());
      if (input_open_ && held_.size() - taken_ > kMostHeldOutput)
        throw Error(ErrorCode::limit, name_ + " prints too much while it reads its input");
      return;
    }
  }
}

bool ExecProcess::pump(const Context& context, bool want_write, SteadyTime& heard) {
  context.check();
  const ExecStream::Ready ready = stream_->wait(want_write, kTickOfExec);
  if (ready.read) receive();
  if (ready.read || ready.write) heard = std::chrono::steady_clock::now();
  const auto most = std::min<std::chrono::milliseconds>(context.limits.stall_timeout, patience_);
  if (std::chrono::steady_clock::now() - heard >= most)
    throw Error(ErrorCode::timeout, name_ + " was silent for " + std::to_string(most.count()) + " ms");
  return ready.write;
}

std::size_t ExecProcess::read(std::span<std::byte> out, const Context& context) {
  for (auto heard = std::chrono::steady_clock::now();;) {
    if (taken_ < held_.size()) {
      const std::size_t count = std::min(out.size(), held_.size() - taken_);
      std::memcpy(out.data(), held_.data() + taken_, count);
      taken_ += count;
      return count;
    }
    held_.clear();
    taken_ = 0;
    receive();  // frames that have arrived together
    if (!held_.empty()) continue;
    if (stream_->ended()) return 0;
    pump(context, false, heard);
  }
}

bool ExecProcess::write(ByteView data, const Context& context) {
  for (auto heard = std::chrono::steady_clock::now(); !data.empty();) {
    const std::optional<std::size_t> sent = stream_->ended() ? std::nullopt : stream_->put(data);
    if (!sent) return false;
    data = data.subspan(*sent);
    if (*sent == 0) pump(context, true, heard);
  }
  return true;
}

void ExecProcess::close_input() {
  if (input_open_) stream_->close_input();
  input_open_ = false;
}

void ExecProcess::drain(const Context& context) {
  for (auto heard = std::chrono::steady_clock::now(); !stream_->ended();) {
    receive();
    if (!stream_->ended()) pump(context, false, heard);
    if (discard_output_) continue;
    held_.clear();
    taken_ = 0;
  }
}

// Only the end of the program tells whether it has read all of its input: bytes may be anywhere on the way to it.
bool ExecProcess::finish_input(const Context& context) {
  close_input();
  drain(context);
  return !errors_.text().ends_with(kUnread);
}

int ExecProcess::wait(const Context& context) {
  close_input();
  drain(context);
  for (const auto begin = std::chrono::steady_clock::now();;) {
    if (const std::optional<int> code = status(engine_)) {
      done_ = true;
      return *code;
    }
    context.check();
    if (std::chrono::steady_clock::now() - begin > context.limits.stall_timeout)
      throw Error(ErrorCode::timeout, name_ + " closed its output and does not end");
    std::this_thread::sleep_for(kTickOfExec / 10);
  }
}

// Without the shell's own last line.
std::string ExecProcess::error_tail() const {
  std::string text = errors_.text();
  if (text.ends_with(kUnread)) text.resize(text.size() - kUnread.size());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace holdfast::container
