#pragma once

#include <string>

#include "container/engine_socket.hpp"
#include "holdfast/io.hpp"

namespace holdfast::container {

/// Unpacks a tar archive, which is written to it, in a folder of a container. commit() returns after the engine has
/// unpacked all of it. The engine outlives it. Throws the engine's refusal, Error{network | timeout | cancelled}.
class ArchiveUpload final : public Writer {
 public:
  ArchiveUpload(const Engine& engine, const std::string& container, const std::string& folder);
  void write(ByteView data) override;
  void commit() override;

 private:
  void send(ByteView bytes);

  EngineSocket socket_;
};

}  // namespace holdfast::container
