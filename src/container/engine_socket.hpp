#pragma once

#include <optional>

#include "base/fd.hpp"
#include "container/engine.hpp"

namespace holdfast::container {

/// A connection to an engine for calls whose bodies are streams. Used by one thread.
class EngineSocket {
 public:
  /// `what` is for errors: "start the program". The engine outlives it. Throws Error.
  EngineSocket(const Engine& engine, std::string what);

  /// Waits up to `patience` until there is something to read, or, if asked for, room to write.
  struct Ready {
    bool read = false, write = false;
  };
  Ready wait(bool want_write, std::chrono::milliseconds patience);
  int fd() const noexcept { return fd_.get(); }

  /// Sends what there is room for; returns how much. Null: the other side reads no more.
  std::optional<std::size_t> put(ByteView bytes);
  /// Sends everything; waits for the engine as long as its bounds allow. Returns false if the other side reads no more.
  bool put_all(ByteView bytes);
  /// Ends what is sent.
  void close_output() noexcept;

  /// Takes what has arrived, if there is room; returns whether it was anything.
  bool fill();
  /// The bytes that have arrived; they are valid until the next call of fill().
  ByteView arrived() const noexcept { return ByteView(buffer_).subspan(at_); }
  void take(std::size_t bytes) noexcept { at_ += bytes; }
  bool ended() const noexcept { return ended_; }

  /// Waits for the head of the answer, takes it and returns its status.
  int read_head();
  /// The refusal of an answer with this status, in the engine's words as far as they have arrived.
  Error refused(int status) const;

 private:
  void wait_in_bounds(bool want_write);

  const Engine& engine_;
  const std::string what_;
  Fd fd_;
  Bytes buffer_;
  std::size_t at_ = 0;  // those before are taken
  bool ended_ = false;
};

}  // namespace holdfast::container
