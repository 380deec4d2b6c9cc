#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

/// The bytes of a text, without copying. Valid as long as the text.
inline ByteView as_bytes(std::string_view text) noexcept { return std::as_bytes(std::span<const char>(text.data(), text.size())); }

/// The text over some bytes, without copying. Valid as long as the bytes.
inline std::string_view as_text(ByteView bytes) noexcept { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Key material or a password. Wiped on destruction, copied only explicitly, never printed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(ByteView bytes);
  explicit Secret(std::string_view text);
  Secret(const Secret&);
  Secret(Secret&&) noexcept;
  Secret& operator=(const Secret&);
  Secret& operator=(Secret&&) noexcept;
  ~Secret();

  ByteView bytes() const noexcept { return bytes_; }
  std::span<std::byte> writable() noexcept { return bytes_; }
  bool empty() const noexcept { return bytes_.empty(); }
  std::size_t size() const noexcept { return bytes_.size(); }

 private:
  void wipe() noexcept;
  Bytes bytes_;
};

}  // namespace holdfast
