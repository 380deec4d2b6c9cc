#pragma once

#include <string>

#include "base/error_tail.hpp"
#include "base/executor.hpp"
#include "container/exec_request.hpp"
#include "container/exec_stream.hpp"

namespace holdfast::container {

/// A program in a container, with its standard streams. A shell there runs it, tells the number of its process group
/// first, by which it can be ended, and last whether the program has left some of its input unread.
class ExecProcess final : public Process {
 public:
  ExecProcess(const ExecPlace& place, const Command& command, const Context& context);
  ExecProcess(const ExecProcess&) = delete;
  ExecProcess& operator=(const ExecProcess&) = delete;
  ~ExecProcess() override;

  std::size_t read(std::span<std::byte> out, const Context& context) override;
  bool write(ByteView data, const Context& context) override;
  void close_input() override;
  bool finish_input(const Context& context) override;
  int wait(const Context& context) override;
  void kill(int signal) noexcept override;
  bool running() override;
  void bound_silence(std::chrono::milliseconds patience) noexcept override { patience_ = patience; }
  const std::string& name() const noexcept override { return name_; }
  std::string error_tail() const override;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  bool pump(const Context& context, bool want_write, SteadyTime& heard);
  void receive();
  void take_errors(std::string_view text);
  void drain(const Context& context);
  std::optional<int> status(Engine& engine) const;
  void await_group();

  const ExecPlace place_;
  const std::string name_;
  const bool discard_output_;
  std::chrono::milliseconds patience_;
  Engine engine_;
  Engine ending_;  // not cancelled: it ends the program
  std::string id_;
  std::unique_ptr<ExecStream> stream_;
  bool input_open_ = true;
  bool done_ = false;      // waited for
  Bytes held_;             // output that is not read yet
  std::size_t taken_ = 0;  // of it
  std::string announced_;  // the first line of standard error, until it is whole
  std::string group_;      // of processes, in the container
  ErrorTail errors_;
};

}  // namespace holdfast::container
