#pragma once

#include <string>
#include <string_view>

#include "holdfast/option.hpp"

namespace holdfast {

/// Checks of option values beyond their type. All throw Error{invalid_argument}: "option KEY takes WANTED".
[[noreturn]] void refuse_value(std::string_view key, const std::string& wanted);
/// Returns a text for a header. Refuses line breaks, spaces and all else that is not printable ASCII.
std::string header_value(const ParsedOptions& given, std::string_view key);
/// Returns a URL of scheme, host and port only. If the option is not given, returns its default unchanged.
std::string origin_value(const ParsedOptions& given, std::string_view key);
/// The same for a URL that may have a path: returns it without '/' at its end, with the path percent-encoded as
/// `percent_encode_path` does, which is the form for signatures.
std::string base_url_value(const ParsedOptions& given, std::string_view key);

}  // namespace holdfast
