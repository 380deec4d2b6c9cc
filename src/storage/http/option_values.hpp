#pragma once

#include <string>
#include <string_view>

#include "holdfast/option.hpp"

namespace holdfast {

/// Values of options that are more than their type. All throw Error{invalid_argument}: "option KEY takes WANTED".
[[noreturn]] void refuse_value(std::string_view key, const std::string& wanted);
/// A text that goes into a header: no line breaks.
std::string header_value(const ParsedOptions& given, std::string_view key);
/// A URL of nothing but scheme, host and port. What is not given is its default as it stands.
std::string origin_value(const ParsedOptions& given, std::string_view key);

}  // namespace holdfast
