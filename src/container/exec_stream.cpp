#include "container/exec_stream.hpp"

#include <algorithm>

namespace holdfast::container {

namespace {

constexpr std::size_t kFrameHead = 8;  // channel, three zeros, size (big-endian)

std::string start_request(const std::string& exec_id) {
  const std::string body = R"({"Detach":false,"Tty":false})";
  return "POST /exec/" + exec_id +
         "/start HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
         "Content-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

ExecStream::ExecStream(const Engine& engine, const std::string& exec_id) : socket_(engine, "start the program") {
  if (!socket_.put_all(as_bytes(start_request(exec_id))))
    throw Error(ErrorCode::network, "the engine at " + engine.socket() + " ended the connection");
  const int status = socket_.read_head();
  if (status != 101 && status != 200) throw socket_.refused(status);
}

std::optional<ExecStream::Part> ExecStream::take() {
  const std::size_t needed = left_ == 0 ? kFrameHead : 1;
  if (socket_.arrived().size() < needed) {
    if (!socket_.ended()) socket_.fill();
    const std::size_t there = socket_.arrived().size();
    if (socket_.ended() && there < needed && (there != 0 || left_ != 0))
      throw Error(ErrorCode::network, "the engine ended the connection in the middle of a program's output");
    if (there < needed) return std::nullopt;
  }
  const ByteView arrived = socket_.arrived();
  if (left_ == 0) {
    const auto* head = reinterpret_cast<const unsigned char*>(arrived.data());
    channel_ = head[0] == 2 ? Channel::errors : Channel::output;
    left_ = std::size_t{head[4]} << 24U | std::size_t{head[5]} << 16U | std::size_t{head[6]} << 8U | head[7];
    socket_.take(kFrameHead);
    return Part{channel_, {}};
  }
  const ByteView bytes = arrived.first(std::min(left_, arrived.size()));
  socket_.take(bytes.size());
  left_ -= bytes.size();
  return Part{channel_, bytes};
}

}  // namespace holdfast::container
