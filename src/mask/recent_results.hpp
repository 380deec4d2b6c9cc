#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace holdfast::masking {

/// The results of values that were looked at recently: references and names repeat. Grows from nothing to 48 KiB, and
/// gives up if fewer than one in four of the first values is a repeated one. One thread.
class RecentResults {
 public:
  /// Returns the result of a value, valid until the next put(); none if it is not known.
  std::optional<std::string_view> find(std::string_view value) {
    if (off_ || value.size() >= kRoom) return std::nullopt;
    if (++looks_ == kTrial && hits_ < kTrial / kWorthwhile) {
      off_ = true;
      slots_ = {};
      return std::nullopt;
    }
    if (slots_.empty()) return std::nullopt;
    const Slot& slot = slots_[place_of(value)];
    if (!slot.used || std::string_view(slot.bytes.data(), slot.value) != value) return std::nullopt;
    ++hits_;
    return std::string_view(slot.bytes.data() + slot.value, slot.result);
  }

  void put(std::string_view value, std::string_view result) {
    if (off_ || value.size() + result.size() > kRoom) return;
    if (misses_++ >= slots_.size() && slots_.size() < kMostSlots) slots_.assign(slots_.empty() ? kFirstSlots : slots_.size() * 4, {});
    Slot& slot = slots_[place_of(value)];
    slot.used = true;
    slot.value = static_cast<std::uint8_t>(value.size());
    slot.result = static_cast<std::uint8_t>(result.size());
    std::memcpy(slot.bytes.data(), value.data(), value.size());
    std::memcpy(slot.bytes.data() + value.size(), result.data(), result.size());
  }

 private:
  static constexpr std::size_t kRoom = 93;        // with the other members, a slot has 96 bytes
  static constexpr std::size_t kFirstSlots = 64;  // powers of two
  static constexpr std::size_t kMostSlots = 512;  // more would wait for memory as long as a keyed function takes
  static constexpr std::uint64_t kTrial = 1024, kWorthwhile = 4;

  struct Slot {
    bool used = false;
    std::uint8_t value = 0, result = 0;  // sizes
    std::array<char, kRoom> bytes;       // the value, then its result
  };

  std::size_t place_of(std::string_view value) const { return std::hash<std::string_view>()(value) & (slots_.size() - 1); }

  std::vector<Slot> slots_;
  std::uint64_t looks_ = 0, hits_ = 0, misses_ = 0;
  bool off_ = false;
};

}  // namespace holdfast::masking
