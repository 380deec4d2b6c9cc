#include "base/subprocess.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <thread>

#include "base/system_error.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::chrono::milliseconds kTick{100};       // between checks for a cancellation
constexpr std::chrono::milliseconds kTermTime{2000};  // for a program to end after SIGTERM
using SteadyTime = std::chrono::steady_clock::time_point;

std::chrono::milliseconds most_silence(const Context& context, std::chrono::milliseconds patience) {
  return std::min<std::chrono::milliseconds>(context.limits.stall_timeout, patience);
}

// A write to a program that has ended must not kill the host with SIGPIPE. The library must not change the host's
// signal handlers.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
};

struct Pipe {
  Fd read, write;
};

// The host may have closed 0, 1 or 2. A pipe with such a number would be overwritten when the child sets up its own.
Fd above_standard(int fd) {
  if (fd > 2) return Fd(fd);
  Fd low(fd);
  return Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw system_error("can't make a pipe", errno);
  Pipe pipe{above_standard(ends[0]), above_standard(ends[1])};
  if (!pipe.read || !pipe.write) throw system_error("can't make a pipe", errno);
  return pipe;
}

Pipe null_output() {
  Pipe pipe{Fd(), above_standard(::open("/dev/null", O_WRONLY | O_CLOEXEC))};
  if (!pipe.write) throw system_error("can't open /dev/null", errno);
  return pipe;
}

void set_nonblocking(const Fd& fd) {
  if (fd) ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

struct ChildPlan {
  char* const* argv;
  char* const* environment;
  const Command* command;
  int in, out, err, report;
};

// Makes only async-signal-safe calls between fork and exec: other threads of the parent may hold any lock.
[[noreturn]] void run_child(const ChildPlan& plan, pid_t parent) {
  const auto fail = [&](int stage) {
    const int report[2] = {stage, errno};
    [[maybe_unused]] const auto ignored = ::write(plan.report, report, sizeof report);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(signal, SIG_DFL);
  if (::dup2(plan.in, 0) < 0 || ::dup2(plan.out, 1) < 0 || ::dup2(plan.err, 2) < 0) fail(1);
  for (const int fd : plan.command->inherit) ::fcntl(fd, F_SETFD, 0);
  for (const auto& file : plan.command->files) ::fcntl(file->fd(), F_SETFD, 0);
  if (plan.command->confinement) plan.command->confinement->leave_network();  // before setuid drops the rights for it
  const auto& user = plan.command->user;
  if (user && (::setgroups(0, nullptr) != 0 || ::setgid(user->gid) != 0 || ::setuid(user->uid) != 0)) fail(2);
  ::prctl(PR_SET_PDEATHSIG, plan.command->death_signal);  // after setuid, which clears it
  if (::getppid() != parent) ::_exit(127);
  if (!plan.command->directory.empty() && ::chdir(plan.command->directory.c_str()) != 0) fail(3);
  if (plan.command->confinement && !plan.command->confinement->enter(plan.argv[0])) fail(5);
  ::execve(plan.argv[0], plan.argv, plan.environment);
  fail(4);
  ::_exit(127);
}

}  // namespace

Subprocess::Subprocess(const Command& command) : name_(std::filesystem::path(command.argv.at(0)).filename()), patience_(command.patience) {
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> environment = environment_of(command);
  const auto argv_pointers = pointers(argv);
  const auto environment_pointers = pointers(environment);
  Pipe in = make_pipe(), out = command.discard_output ? null_output() : make_pipe(), err = make_pipe(), report = make_pipe();
  const ChildPlan plan{argv_pointers.data(), environment_pointers.data(), &command, in.read.get(), out.write.get(),
                       err.write.get(),      report.write.get()};
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw system_error("can't start " + name_, errno);
  if (pid_ == 0) run_child(plan, parent);
  ::setpgid(pid_, pid_);  // also here: either process may run first
  report.write.reset();
  int failure[2] = {0, 0};
  ssize_t got = 0;
  while ((got = ::read(report.read.get(), failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  if (got == sizeof failure) {
    reap(true);
    throw system_error("can't start " + command.argv[0], failure[1]);
  }
  in_ = std::move(in.write);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  for (const Fd* fd : {&in_, &out_, &err_}) set_nonblocking(*fd);
}

Subprocess::~Subprocess() {
  if (pid_ <= 0) return;
  in_.reset();
  kill(SIGTERM);
  // The first pauses are short: most programs end within milliseconds, and a caller at its deadline may be waiting.
  std::chrono::milliseconds pause(1);
  for (std::chrono::milliseconds waited(0); waited < kTermTime && !ended(); waited += pause) {
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kTick);
  }
  if (pid_ <= 0) return;
  kill(SIGKILL);  // also what is left of its group: until it is reaped, no other group has its number
  reap(true);
}

// Leaves it to be reaped, unless somebody else has done so.
bool Subprocess::ended() {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return reap(false);
  return info.si_pid != 0;
}

void Subprocess::kill(int signal) noexcept {
  if (pid_ > 0 && ::kill(-pid_, signal) != 0) ::kill(pid_, signal);
}

bool Subprocess::running() {
  if (err_) drain_errors();
  return pid_ > 0 && !reap(false);
}

bool Subprocess::reap(bool block) {
  int status = 0;
  pid_t got = 0;
  while ((got = ::waitpid(pid_, &status, block ? 0 : WNOHANG)) < 0 && errno == EINTR) {
  }
  if (got == 0) return false;
  status_ = got < 0 ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return true;
}

void Subprocess::drain_errors() {
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = ::read(err_.get(), buffer.data(), buffer.size())) > 0) {
    errors_.add({buffer.data(), static_cast<std::size_t>(got)});
  }
  if (got == 0) err_.reset();
}

// Waits until standard output or input is ready (true) or a tick has passed (false). Collects standard error meanwhile.
bool Subprocess::pump(const Context& context, short want_out, bool want_in, SteadyTime& heard) {
  context.check();
  std::array<pollfd, 3> fds{pollfd{want_out != 0 ? out_.get() : -1, POLLIN, 0}, pollfd{err_.get(), POLLIN, 0},
                            pollfd{want_in ? in_.get() : -1, POLLOUT, 0}};
  const auto left = most_silence(context, patience_) - (std::chrono::steady_clock::now() - heard);
  const auto tick = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0), kTick);
  const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(tick.count()));
  if (ready < 0 && errno != EINTR) throw system_error("can't wait for " + name_, errno);
  if (ready > 0) {
    heard = std::chrono::steady_clock::now();
    if (fds[1].revents != 0) drain_errors();
    return fds[0].revents != 0 || fds[2].revents != 0;
  }
  check_silence(context, heard);
  return false;
}

void Subprocess::check_silence(const Context& context, SteadyTime heard) const {
  const auto most = most_silence(context, patience_);
  if (std::chrono::steady_clock::now() - heard < most) return;
  const bool whole = most.count() % 1000 == 0;
  throw Error(ErrorCode::timeout,
              name_ + " was silent for " + (whole ? std::to_string(most.count() / 1000) + " s" : std::to_string(most.count()) + " ms"));
}

// A program that prints while it reads its input would block for ever if nobody read its output.
void Subprocess::take_output() {
  if (!out_) return;
  std::array<std::byte, 4096> buffer;
  const ssize_t got = ::read(out_.get(), buffer.data(), buffer.size());
  if (got > 0) held_.insert(held_.end(), buffer.begin(), buffer.begin() + got);
  if (got == 0) out_.reset();
  if (held_.size() > (64U << 20)) throw Error(ErrorCode::limit, name_ + " prints too much while it reads its input");
}

std::size_t Subprocess::read(std::span<std::byte> out, const Context& context) {
  if (!held_.empty()) {
    const std::size_t count = std::min(out.size(), held_.size());
    std::memcpy(out.data(), held_.data(), count);
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  auto heard = std::chrono::steady_clock::now();
  while (out_) {
    const ssize_t got = ::read(out_.get(), out.data(), out.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) out_.reset();
    if (got < 0 && errno != EAGAIN && errno != EINTR) throw system_error("can't read from " + name_, errno);
    if (got < 0) pump(context, POLLIN, false, heard);
  }
  return 0;
}

bool Subprocess::write(ByteView data, const Context& context) {
  const WithoutSigpipe guard;
  auto heard = std::chrono::steady_clock::now();
  while (!data.empty() && in_) {
    const ssize_t put = ::write(in_.get(), data.data(), data.size());
    if (put > 0) {
      data = data.subspan(static_cast<std::size_t>(put));
      heard = std::chrono::steady_clock::now();
      continue;
    }
    if (errno == EPIPE) return false;
    if (errno != EAGAIN && errno != EINTR) throw system_error("can't write to " + name_, errno);
    if (pump(context, out_ ? POLLIN : short{0}, true, heard)) take_output();
  }
  return data.empty();
}

bool Subprocess::finish_input(const Context& context) {
  // The pipe itself holds up to 64 KiB. The program has read them when the pipe is empty.
  auto heard = std::chrono::steady_clock::now();
  int unread = 0;
  int before = 0;
  while (in_ && ::ioctl(in_.get(), FIONREAD, &unread) == 0 && unread > 0) {
    context.check();
    if (unread != before) heard = std::chrono::steady_clock::now();
    before = unread;
    pollfd input{in_.get(), 0, 0};
    if (::poll(&input, 1, 1) > 0) {  // no reader is left; it may have read the rest since the last look
      ::ioctl(in_.get(), FIONREAD, &unread);
      break;
    }
    if (err_) drain_errors();
    take_output();
    check_silence(context, heard);
  }
  in_.reset();
  return unread == 0;
}

int Subprocess::wait(const Context& context) {
  in_.reset();
  std::array<std::byte, 65536> dropped;
  while (read(dropped, context) > 0) {
  }
  auto heard = std::chrono::steady_clock::now();
  while (pid_ > 0 && !reap(false)) {
    // A grandchild may keep standard error open for ever: only the end of the program itself counts.
    if (err_) {
      pump(context, 0, false, heard);
      continue;
    }
    context.check();
    check_silence(context, heard);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (err_) drain_errors();
  return status_;
}

}  // namespace holdfast
