#include "output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "holdfast/error.hpp"

namespace holdfast::cli {

namespace {

Error io_error(const std::string& what, int number) {
  const bool full = number == ENOSPC || number == EDQUOT;
  return Error(full ? ErrorCode::no_space : ErrorCode::io, what + ": " + std::generic_category().message(number));
}

void write_fully(int fd, ByteView data, const std::string& what) {
  while (!data.empty()) {
    const ssize_t put = ::write(fd, data.data(), data.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw io_error(what, errno);
    data = data.subspan(static_cast<std::size_t>(put));
  }
}

class OutputWriter final : public Writer {
 public:
  explicit OutputWriter(std::stop_token stop) : stop_(std::move(stop)) {}

  void write(ByteView data) override {
    while (!data.empty()) {
      wait_for_reader();
      // poll guarantees space for PIPE_BUF bytes; a longer write could block where a signal can't interrupt it.
      const ByteView part = data.first(std::min<std::size_t>(data.size(), PIPE_BUF));
      write_fully(STDOUT_FILENO, part, "can't write to standard output");
      data = data.subspan(part.size());
    }
  }
  void commit() override {}

 private:
  void wait_for_reader() const {
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    while (::poll(&out, 1, 100) == 0) {
      if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    }
  }

  std::stop_token stop_;
};

class FileWriter final : public Writer {
 public:
  FileWriter(std::string path, bool overwrite, Readers readers) : path_(std::move(path)), overwrite_(overwrite) {
    if (!overwrite_ && exists()) throw taken();
    temporary_ = path_ + ".partial-" + std::to_string(::getpid());
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, readers == Readers::owner ? 0600 : 0644);
    if (fd_ < 0) throw io_error("can't create " + temporary_, errno);
  }
  ~FileWriter() override {
    if (fd_ >= 0) ::close(fd_);
    if (!committed_ && !temporary_.empty()) ::unlink(temporary_.c_str());
  }

  void write(ByteView data) override { write_fully(fd_, data, "can't write " + temporary_); }

  void commit() override {
    if (::fsync(fd_) != 0) throw io_error("can't write " + temporary_, errno);
    const unsigned flags = overwrite_ ? 0 : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), flags) != 0) {
      if (errno == EEXIST) throw taken();
      if (errno != EINVAL || overwrite_) throw io_error("can't rename " + temporary_ + " to " + path_, errno);
      link_into_place();  // a file system without RENAME_NOREPLACE
    }
    committed_ = true;
    sync_folder();
  }

 private:
  bool exists() const {
    struct stat info {};
    return ::lstat(path_.c_str(), &info) == 0;
  }
  Error taken() const { return Error(ErrorCode::already_exists, path_ + " exists; choose another name, or replace it with --force"); }

  void link_into_place() {
    if (::link(temporary_.c_str(), path_.c_str()) != 0) {
      if (errno == EEXIST) throw taken();
      throw io_error("can't link " + temporary_ + " to " + path_, errno);
    }
    ::unlink(temporary_.c_str());
  }

  void sync_folder() const {
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
  }

  std::string path_;
  std::string temporary_;
  bool overwrite_;
  bool committed_ = false;
  int fd_ = -1;
};

}  // namespace

void write_output(std::string_view text) { write_fully(STDOUT_FILENO, as_bytes(text), "can't write to standard output"); }

void write_error(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t put = ::write(STDERR_FILENO, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::unique_ptr<Writer> output_writer(std::stop_token stop) { return std::make_unique<OutputWriter>(std::move(stop)); }

std::unique_ptr<Writer> file_writer(const std::string& path, bool overwrite, Readers readers) {
  return std::make_unique<FileWriter>(path, overwrite, readers);
}

}  // namespace holdfast::cli
