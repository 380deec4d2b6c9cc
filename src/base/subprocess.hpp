#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "base/error_tail.hpp"
#include "base/executor.hpp"
#include "base/fd.hpp"

namespace holdfast {

/// A child process in its own process group.
class Subprocess final : public Process {
 public:
  explicit Subprocess(const Command& command);
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;
  ~Subprocess() override;

  std::size_t read(std::span<std::byte> out, const Context& context) override;
  bool write(ByteView data, const Context& context) override;
  void close_input() override { in_.reset(); }
  bool finish_input(const Context& context) override;
  int wait(const Context& context) override;
  void kill(int signal) noexcept override;
  bool running() override;

  void bound_silence(std::chrono::milliseconds patience) noexcept override { patience_ = patience; }
  pid_t pid() const noexcept { return pid_; }
  const std::string& name() const noexcept override { return name_; }
  std::string error_tail() const override { return errors_.text(); }

 private:
  bool pump(const Context& context, short want_out, bool want_in, std::chrono::steady_clock::time_point& heard);
  void drain_errors();
  void take_output();
  void check_silence(const Context& context, std::chrono::steady_clock::time_point heard) const;
  bool ended();
  bool reap(bool block);

  std::string name_;
  std::chrono::milliseconds patience_;
  pid_t pid_ = -1;
  int status_ = -1;
  Fd in_, out_, err_;
  ErrorTail errors_;
  Bytes held_;  // standard output that arrived during a write
};

}  // namespace holdfast
