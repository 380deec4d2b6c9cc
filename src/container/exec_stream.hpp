#pragma once

#include <optional>
#include <string>

#include "container/engine_socket.hpp"

namespace holdfast::container {

/// The connection on which a program in a container has its standard streams, once the engine has given it over: frames
/// of output one way, plain bytes of input the other. Used by one thread.
class ExecStream {
 public:
  /// Starts the program of an exec that was created. The engine outlives it. Throws the engine's refusal,
  /// Error{network | timeout | cancelled}.
  ExecStream(const Engine& engine, const std::string& exec_id);

  enum class Channel { output, errors };
  struct Part {
    Channel channel = Channel::output;
    ByteView bytes;  ///< valid until the next call
  };

  using Ready = EngineSocket::Ready;
  /// As EngineSocket.
  Ready wait(bool want_write, std::chrono::milliseconds patience) { return socket_.wait(want_write, patience); }
  int fd() const noexcept { return socket_.fd(); }
  /// Returns what is there of one frame; nothing if there is none yet, or after the end. Throws Error{network} if the
  /// connection ends within a frame.
  std::optional<Part> take();
  bool ended() const noexcept { return socket_.ended() && socket_.arrived().empty(); }
  /// Sends what there is room for; returns how much. Null: the other side reads no more.
  std::optional<std::size_t> put(ByteView bytes) { return socket_.put(bytes); }
  /// Ends the program's standard input.
  void close_input() noexcept { socket_.close_output(); }

 private:
  EngineSocket socket_;
  std::size_t left_ = 0;  // of a frame
  Channel channel_ = Channel::output;
};

}  // namespace holdfast::container
