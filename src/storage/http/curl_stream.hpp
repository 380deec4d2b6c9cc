#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "storage/http/connection.hpp"
#include "storage/http/http_client.hpp"

namespace holdfast {

/// One request and its response on one connection.
class CurlStream final : public HttpStream {
 public:
  using GiveBack = std::function<void(std::unique_ptr<Connection>)>;
  CurlStream(std::unique_ptr<Connection> connection, GiveBack give_back, const HttpRequest& request, const HttpOptions& options);
  ~CurlStream() override;

  const HttpHead& head() const noexcept override { return head_; }
  std::size_t read(std::span<std::byte> out) override;

 private:
  using Steady = std::chrono::steady_clock;
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) noexcept;
  void take_header(std::string_view line);
  std::size_t take_body(ByteView data);
  std::size_t take_held(std::span<std::byte> out);

  void set_up(const HttpRequest& request, const HttpOptions& options);
  void detach() noexcept;
  void drive(const std::function<bool()>& enough);
  void collect_result();
  void note_progress();
  void check_result() const;
  [[noreturn]] void fail(CURLcode code) const;
  std::uint64_t moved() const;

  std::unique_ptr<Connection> connection_;
  GiveBack give_back_;
  CurlList headers_;
  std::array<char, CURL_ERROR_SIZE> said_{};
  std::string host_;
  std::stop_token stop_;
  std::chrono::milliseconds stall_;

  HttpHead head_;
  bool head_done_ = false;
  std::optional<CURLcode> result_;
  std::span<std::byte> target_;  // of the current read
  std::size_t filled_ = 0;
  Bytes held_;  // bytes beyond the target
  std::size_t held_from_ = 0;
  bool paused_ = false;
  // Detects a slow connection: the time spent waiting since `mark_` bytes had moved.
  Steady::duration waited_{};
  std::uint64_t mark_ = 0;
};

}  // namespace holdfast
