#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

/// Named numbers, in the order in which the names were first used: tables 14, rows 5000. A name is a plural.
class Counts {
 public:
  using Entry = std::pair<std::string, std::uint64_t>;

  Counts() = default;
  Counts(std::initializer_list<Entry> entries) : entries_(entries) {}

  /// Returns the number with this name. Adds it, as 0, if it is missing.
  std::uint64_t& operator[](std::string_view name) {
    const auto found = std::ranges::find(entries_, name, &Entry::first);
    return found != entries_.end() ? found->second : entries_.emplace_back(name, 0).second;
  }
  /// Returns the number with this name, 0 if it is missing.
  std::uint64_t of(std::string_view name) const noexcept {
    const auto found = std::ranges::find(entries_, name, &Entry::first);
    return found != entries_.end() ? found->second : 0;
  }
  Counts& operator+=(const Counts& other) {
    for (const auto& [name, count] : other) (*this)[name] += count;
    return *this;
  }

  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  const Entry& at(std::size_t index) const { return entries_.at(index); }
  std::vector<Entry>::const_iterator begin() const noexcept { return entries_.begin(); }
  std::vector<Entry>::const_iterator end() const noexcept { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
};

}  // namespace holdfast
