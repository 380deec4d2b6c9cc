#include "support/http_double.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/digest.hpp"
#include "base/hex.hpp"

namespace holdfast::testing {

namespace {

bool receive(int fd, std::string& buffer) {
  std::array<char, 262144> piece;
  const ssize_t got = ::recv(fd, piece.data(), piece.size(), 0);
  if (got <= 0) return false;
  buffer.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

bool read_body(int fd, std::string& buffer, HttpDouble::Request& request, std::size_t most_kept) {
  request.body_size = request.headers.contains("content-length") ? std::stoull(request.headers["content-length"]) : 0;
  Sha256 hash;
  for (std::uint64_t left = request.body_size; left > 0;) {
    if (buffer.empty() && !receive(fd, buffer)) return false;
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    hash.update(as_bytes(std::string_view(buffer).substr(0, count)));
    if (request.body_size <= most_kept) request.body.append(buffer, 0, count);
    buffer.erase(0, count);
    left -= count;
  }
  request.body_sha256 = to_hex(hash.finish());
  return true;
}

std::optional<HttpDouble::Request> read_request(int fd, std::string& buffer, std::size_t most_kept) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!receive(fd, buffer)) return std::nullopt;
  HttpDouble::Request request;
  const std::string head = buffer.substr(0, end + 2);
  buffer.erase(0, end + 4);
  request.method = head.substr(0, head.find(' '));
  request.target = head.substr(request.method.size() + 1, head.find(' ', request.method.size() + 1) - request.method.size() - 1);
  for (std::size_t at = head.find("\r\n") + 2; at < head.size(); at = head.find("\r\n", at) + 2) {
    const std::size_t colon = head.find(':', at);
    std::string name = head.substr(at, colon - at);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::size_t value = head.find_first_not_of(' ', colon + 1);
    request.headers[name] = head.substr(value, head.find("\r\n", at) - value);
  }
  if (!read_body(fd, buffer, request, most_kept)) return std::nullopt;
  return request;
}

}  // namespace

HttpDouble::HttpDouble(Handler handler, std::size_t most_kept)
    : handler_(std::move(handler)), most_kept_(most_kept), loopback_([this](int fd) { serve(fd); }) {}

std::vector<HttpDouble::Request> HttpDouble::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int HttpDouble::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void HttpDouble::serve(int fd) {
  {
    const std::lock_guard lock(mutex_);
    ++connections_;
  }
  std::string buffer;
  while (const auto request = read_request(fd, buffer, most_kept_)) {
    Response response;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*request);
      response = handler_(*request);
    }
    if (response.drop) return;
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " Said\r\n";
    for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
    const bool head_only = request->method == "HEAD" || response.status == 204;
    if (!head_only) text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    text += "\r\n";
    const std::size_t shown = std::min(response.body_shown, response.body.size());
    if (!head_only) text += response.body.substr(0, shown);
    if (!send_all(fd, text.data(), text.size()) || shown < response.body.size()) return;
  }
}

}  // namespace holdfast::testing
