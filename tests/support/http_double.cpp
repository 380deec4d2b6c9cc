#include "support/http_double.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>

namespace holdfast::testing {

namespace {

bool receive(int fd, std::string& buffer) {
  std::array<char, 65536> piece;
  const ssize_t got = ::recv(fd, piece.data(), piece.size(), 0);
  if (got <= 0) return false;
  buffer.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<HttpDouble::Request> read_request(int fd, std::string& buffer) {
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
  const std::size_t length = request.headers.contains("content-length") ? std::stoul(request.headers["content-length"]) : 0;
  while (buffer.size() < length)
    if (!receive(fd, buffer)) return std::nullopt;
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return request;
}

}  // namespace

HttpDouble::HttpDouble(Handler handler) : handler_(std::move(handler)), loopback_([this](int fd) { serve(fd); }) {}

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
  while (const auto request = read_request(fd, buffer)) {
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
