#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/system_error.hpp"
#include "holdfast/error.hpp"
#include "holdfast/pipeline_ends.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kBufferSize = 256U << 10;
constexpr int kGlance = 100;  // milliseconds between two looks at the cancel

std::string name_of(int fd) { return "file descriptor " + std::to_string(fd); }

/// Waits until the descriptor is ready. Throws Error{cancelled}, or Error{timeout} after the stall timeout.
void wait_for(int fd, short events, const Context& context) {
  const auto deadline = std::chrono::steady_clock::now() + context.limits.stall_timeout;
  for (;;) {
    context.check();
    pollfd waiting{fd, events, 0};
    const int ready = ::poll(&waiting, 1, kGlance);
    if (ready < 0 && errno != EINTR) throw system_error("can't wait " + name_of(fd), errno);
    if (ready > 0) return;
    if (std::chrono::steady_clock::now() >= deadline)
      throw Error(ErrorCode::timeout, name_of(fd) + ": nothing moved for " + std::to_string(context.limits.stall_timeout.count()) + " s");
  }
}

void read_all_of(int fd, Writer& out, Context& context) {
  Bytes buffer(kBufferSize);
  for (;;) {
    wait_for(fd, POLLIN, context);
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error("can't read " + name_of(fd), errno);
    if (got == 0) return;
    out.write(ByteView(buffer).first(static_cast<std::size_t>(got)));
  }
}

class DescriptorWriter final : public Writer {
 public:
  DescriptorWriter(int fd, const Context& context) : fd_(fd), context_(context) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) throw system_error("can't use " + name_of(fd), errno);
    is_file_ = S_ISREG(about.st_mode);
  }
  void write(ByteView data) override {
    while (!data.empty()) {
      wait_for(fd_, POLLOUT, context_);
      // A pipe that is ready takes that much without blocking.
      const std::size_t most = is_file_ ? data.size() : std::min<std::size_t>(data.size(), PIPE_BUF);
      const ssize_t put = ::write(fd_, data.data(), most);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw system_error("can't write " + name_of(fd_), errno);
      data = data.subspan(static_cast<std::size_t>(put));
    }
  }
  void commit() override {
    if (is_file_ && ::fsync(fd_) != 0) throw system_error("can't make durable " + name_of(fd_), errno);
  }

 private:
  int fd_;
  const Context& context_;
  bool is_file_ = false;
};

}  // namespace

Producer descriptor(int fd) {
  return [fd](Writer& out, Context& context) { read_all_of(fd, out, context); };
}

Sink descriptor_sink(int fd) {
  return {[fd](Context& context) { return std::make_unique<DescriptorWriter>(fd, context); }};
}

}  // namespace holdfast
