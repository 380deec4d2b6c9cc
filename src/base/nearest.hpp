#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace holdfast {

/// Returns the candidate that was probably meant by a mistyped word; none if none is close.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);
/// Returns "; did you mean NAME?", or nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace holdfast
