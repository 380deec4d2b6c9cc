#include "key_input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "holdfast/error.hpp"
#include "holdfast/exec.hpp"
#include "holdfast/recovery_key.hpp"

namespace holdfast::cli {

namespace {

constexpr std::size_t kLongest = 64U << 10;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kLongestKey = 256;  // a recovery key as a person may type it

// Bytes that hold a secret temporarily.
class Wiped {
 public:
  explicit Wiped(std::size_t size = 0) : bytes(size) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { ::explicit_bzero(bytes.data(), bytes.size()); }
  Bytes bytes;
};

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Reads up to the size of `into`. Returns how much there was.
std::size_t read_file(const std::string& path, Bytes& into) {
  const Descriptor file(path, O_RDONLY);
  std::size_t size = 0;
  ssize_t got = file.get() < 0 ? -1 : 1;
  while (got > 0 && size < into.size()) {
    got = ::read(file.get(), into.data() + size, into.size() - size);
    if (got < 0 && errno == EINTR)
      got = 1;
    else if (got > 0)
      size += static_cast<std::size_t>(got);
  }
  if (got < 0) throw Error(ErrorCode::invalid_argument, "can't read " + path + ": " + std::generic_category().message(errno));
  return size;
}

int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Turns the echo off for its lifetime.
class SilentTerminal {
 public:
  explicit SilentTerminal(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
    if (!known_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (known_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  int fd_;
  termios before_{};
  bool known_;
};

void say(int fd, std::string_view text) { [[maybe_unused]] const auto ignored = ::write(fd, text.data(), text.size()); }

}  // namespace

Secret first_line(ByteView bytes, const std::string& where, const std::string& what) {
  std::string_view line = as_text(bytes);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) throw Error(ErrorCode::invalid_argument, where + " has no " + what + " in its first line");
  return Secret(line);
}

Key read_key_file(const std::string& path) {
  Wiped text(kLongestKey);
  std::size_t size = read_file(path, text.bytes);
  if (size == kKeyBytes) return raw_key(Secret(ByteView(text.bytes).first(size)));
  const auto at = [&](std::size_t i) { return static_cast<char>(text.bytes[i]); };
  while (size > 0 && (at(size - 1) == '\n' || at(size - 1) == '\r')) --size;
  Wiped key(kKeyBytes);
  bool hex = size == 2 * kKeyBytes;
  for (std::size_t i = 0; hex && i < kKeyBytes; ++i) {
    const int high = hex_digit(at(2 * i));
    const int low = hex_digit(at(2 * i + 1));
    hex = high >= 0 && low >= 0;
    if (hex) key.bytes[i] = static_cast<std::byte>(high * 16 + low);
  }
  if (hex) return raw_key(Secret(ByteView(key.bytes)));
  try {
    return read_recovery_key(as_text(ByteView(text.bytes).first(size)));
  } catch (const Error& error) {
    throw Error(ErrorCode::invalid_argument, "the key file " + path + " has neither 32 bytes nor 64 hex digits, and " + error.message());
  }
}

Secret read_signing_key(const std::string& path) {
  Wiped text(kLongest);
  return Secret(ByteView(text.bytes).first(read_file(path, text.bytes)));
}

Secret read_secret_file(const std::string& path, const std::string& what) {
  Wiped text(kLongest);
  const std::size_t size = read_file(path, text.bytes);
  return first_line(ByteView(text.bytes).first(size), "the " + what + " file " + path, what);
}

Secret run_password_command(const std::string& line, Context& context) {
  Wiped output;
  output.bytes.reserve(kLongest);
  const auto writer = memory_writer(output.bytes);
  try {
    exec(split_words(line))(*writer, context);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    throw Error(ErrorCode::invalid_argument, "HOLDFAST_PASSWORD_COMMAND: " + error.message());
  }
  return first_line(output.bytes, "the output of HOLDFAST_PASSWORD_COMMAND");
}

Secret prompt_password(const std::string& question, Context& context) {
  const Descriptor terminal("/dev/tty", O_RDWR | O_NOCTTY);
  if (terminal.get() < 0) {
    throw Error(
        ErrorCode::invalid_argument,
        "the repository needs a password and there is no terminal to ask on; give --password-file, --key-file, HOLDFAST_PASSWORD or "
        "HOLDFAST_PASSWORD_COMMAND");
  }
  const SilentTerminal silent(terminal.get());
  say(terminal.get(), question);
  Wiped line(1024);
  std::size_t size = 0;
  for (bool done = false; !done;) {
    if (context.cancelled()) say(terminal.get(), "\n");
    context.check();
    pollfd input{terminal.get(), POLLIN, 0};
    if (::poll(&input, 1, 100) <= 0) continue;
    const ssize_t got = ::read(terminal.get(), line.bytes.data() + size, line.bytes.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
    done = got <= 0 || line.bytes[size - 1] == std::byte{'\n'} || size == line.bytes.size();
  }
  say(terminal.get(), "\n");
  return first_line(ByteView(line.bytes).first(size), "the answer");
}

}  // namespace holdfast::cli
