#pragma once

#include <optional>
#include <string>

#include "base/fd.hpp"
#include "container/engine.hpp"

namespace holdfast::container {

/// The connection on which a program in a container has its standard streams, once the engine has given it over: frames
/// of output one way, plain bytes of input the other. Used by one thread.
class ExecStream {
 public:
  /// Starts the program of an exec that was created. Throws the engine's refusal, Error{network | timeout | cancelled}.
  ExecStream(const Engine& engine, const std::string& exec_id);

  enum class Channel { output, errors };
  struct Part {
    Channel channel = Channel::output;
    ByteView bytes;  ///< valid until the next call
  };

  /// Waits up to `patience` until there is something to read, or, if asked for, room to write.
  struct Ready {
    bool read = false, write = false;
  };
  Ready wait(bool want_write, std::chrono::milliseconds patience);
  /// Returns what is there of one frame; nothing if there is none yet, or after the end. Throws Error{network} if the
  /// connection ends within a frame.
  std::optional<Part> take();
  bool ended() const noexcept { return ended_ && at_ == buffer_.size(); }
  /// Sends what there is room for; returns how much. Null: the other side reads no more.
  std::optional<std::size_t> put(ByteView bytes);
  /// Ends the program's standard input.
  void close_input() noexcept;

 private:
  void connect(const std::string& socket);
  void send_request(const Engine& engine, const std::string& exec_id);
  void read_head(const Engine& engine);
  void wait_for(const Engine& engine, bool want_write);
  bool fill();

  Fd fd_;
  Bytes buffer_;        // bytes that have arrived
  std::size_t at_ = 0;  // those before are taken
  std::size_t left_ = 0;
  Channel channel_ = Channel::output;
  bool ended_ = false;
};

}  // namespace holdfast::container
