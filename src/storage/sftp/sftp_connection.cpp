#include "storage/sftp/sftp_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace holdfast {

namespace {

constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kLargestPacket = 1U << 20;
constexpr std::size_t kIdleConnections = 16;

std::string_view words_of(SftpStatus status) {
  switch (status) {
    case SftpStatus::ok: return "ok";
    case SftpStatus::end: return "end of file";
    case SftpStatus::no_such_file: return "no such file";
    case SftpStatus::permission_denied: return "permission denied";
    case SftpStatus::failure: return "the server could not (disk full, quota, or a name in the way)";
    case SftpStatus::unsupported: return "the server does not support it";
  }
  return "an error the protocol does not name";
}

}  // namespace

template <class Wait>
auto SftpConnection::bounded(Wait&& wait) {
  ssh_->bound_silence(limit_->patience(target_.stall_timeout));
  try {
    return wait();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::timeout) throw;
    throw Error(ErrorCode::timeout, target_.uri + ": the server does not answer: " + error.message(), true);
  }
}

SftpConnection::SftpConnection(const SftpTarget& target, std::shared_ptr<const CallLimit> limit)
    : target_(target), limit_(std::move(limit)) {
  context_.host.executor = target.executor;
  context_.limits.stall_timeout = target.stall_timeout;
  context_.stop = target.stop;
  Command command{.argv = target.argv};
  for (const char* name : {"SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_*",
                           "KRB5CCNAME", "KRB5_CONFIG"}) {
    command.pass.emplace_back(name);
  }
  command.death_signal = 0;  // the connecting thread may end before the connection; when this process dies, its pipes close
  ssh_ = start_program(command, context_);
  Bytes hello;
  append_number(hello, std::uint32_t{5});
  hello.push_back(static_cast<std::byte>(SftpType::init));
  append_number(hello, kVersion);
  if (!bounded([&] { return ssh_->write(hello, context_); })) broken();
  const Bytes answer = read_packet();
  SftpParser parser(ByteView(answer).subspan(1));
  if (answer[0] != static_cast<std::byte>(SftpType::version) || parser.number() != kVersion)
    throw Error(ErrorCode::unsupported, target_.uri + ": the server does not speak SFTP version 3");
  while (!parser.empty()) {
    const std::string name = parser.text();
    parser.data();
    fsync_ = fsync_ || name == "fsync@openssh.com";
    hard_links_ = hard_links_ || name == "hardlink@openssh.com";
  }
}

void SftpConnection::read_exactly(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::size_t got = bounded([&] { return ssh_->read(out, context_); });
    if (got == 0) broken();
    out = out.subspan(got);
  }
}

void SftpConnection::broken() {
  bounded([this] { return ssh_->wait(context_); });
  std::string said = ssh_->error_tail();
  std::ranges::replace(said, '\n', ' ');
  std::erase(said, '\r');
  const auto has = [&said](const char* text) { return said.find(text) != std::string::npos; };
  if (has("Host key verification failed") || has("IDENTIFICATION HAS CHANGED"))
    throw Error(
        ErrorCode::unauthenticated,
        target_.uri + ": the server's host key is not the one in known_hosts: find out why before anything is sent there (" + said + ")");
  if (has("Permission denied (") || has("Too many authentication failures"))
    throw Error(ErrorCode::unauthenticated, target_.uri + ": the server accepts none of our keys (" + said + ")");
  throw Error(ErrorCode::network, target_.uri + ": the connection broke" + (said.empty() ? "" : " (" + said + ")"), true);
}

Bytes SftpConnection::read_packet() {
  std::array<std::byte, 4> head{};
  read_exactly(head);
  const auto size = number_in<std::uint32_t>(head);
  if (size < 5 || size > kLargestPacket)
    throw Error(ErrorCode::network, target_.uri + ": the server does not send SFTP (does the login print something?)");
  Bytes packet(size);
  read_exactly(packet);
  return packet;
}

std::uint32_t SftpConnection::send(SftpType type, const SftpBody& body) {
  Bytes packet;
  packet.reserve(body.bytes().size() + 9);
  append_number(packet, static_cast<std::uint32_t>(body.bytes().size() + 5));
  packet.push_back(static_cast<std::byte>(type));
  append_number(packet, ++last_id_);
  packet.insert(packet.end(), body.bytes().begin(), body.bytes().end());
  if (!bounded([&] { return ssh_->write(packet, context_); })) broken();
  ++on_the_way_;
  return last_id_;
}

SftpReply SftpConnection::receive() {
  const Bytes packet = read_packet();
  --on_the_way_;
  const ByteView all = packet;
  return {static_cast<SftpType>(packet[0]), number_in<std::uint32_t>(all.subspan(1, 4)), Bytes(packet.begin() + 5, packet.end())};
}

SftpReply SftpConnection::request(SftpType type, const SftpBody& body) {
  const std::uint32_t id = send(type, body);
  SftpReply reply = receive();
  if (reply.id != id) throw Error(ErrorCode::network, target_.uri + ": the server sent an unexpected answer", true);
  return reply;
}

SftpStatus SftpConnection::status_in(const SftpReply& reply) {
  if (reply.type != SftpType::status) return SftpStatus::ok;
  return static_cast<SftpStatus>(SftpParser(reply.body).number());
}

SftpStatus SftpConnection::status_of(SftpType type, const SftpBody& body) { return status_in(request(type, body)); }

Error SftpConnection::error(const char* action, std::string_view object, SftpStatus status, std::string_view said) const {
  ErrorCode code = ErrorCode::io;
  if (status == SftpStatus::no_such_file) code = ErrorCode::not_found;
  if (status == SftpStatus::permission_denied) code = ErrorCode::permission_denied;
  if (status == SftpStatus::unsupported) code = ErrorCode::unsupported;
  const std::string why(said.empty() ? words_of(status) : said);
  return {code, "can't " + std::string(action) + " '" + std::string(object) + "' in " + target_.uri + ": " + why};
}

void SftpConnection::require(SftpStatus status, const char* action, std::string_view object) const {
  if (status != SftpStatus::ok) throw error(action, object, status);
}

std::string SftpConnection::open(std::string_view path, std::uint32_t flags) {
  const SftpReply reply = request(SftpType::open, (flags & kSftpCreate) != 0 ? SftpBody().text(path).number(flags).mode(0600)
                                                                             : SftpBody().text(path).number(flags).no_attributes());
  require(status_in(reply), "open", path);
  return SftpParser(reply.body).text();
}

void SftpConnection::close(std::string_view handle) { require(status_of(SftpType::close, SftpBody().text(handle)), "close", "a file"); }

std::optional<SftpAttributes> SftpConnection::lstat(std::string_view path) {
  const SftpReply reply = request(SftpType::lstat, SftpBody().text(path));
  const SftpStatus status = status_in(reply);
  if (status == SftpStatus::no_such_file) return std::nullopt;
  require(status, "examine", path);
  return SftpParser(reply.body).attributes();
}

std::unique_ptr<SftpConnection> SftpPool::take(std::shared_ptr<const CallLimit> limit) {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      connection->keep_to(std::move(limit));
      return connection;
    }
  }
  return std::make_unique<SftpConnection>(target_, std::move(limit));
}

void SftpPool::give_back(std::unique_ptr<SftpConnection> connection) {
  if (!connection || !connection->idle()) return;  // a late answer to an abandoned request would be mistaken for the next one
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleConnections) idle_.push_back(std::move(connection));
}

}  // namespace holdfast
