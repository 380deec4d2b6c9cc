#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// Returns "postgresql" for "postgresql://…"; empty if the text has no scheme.
std::string uri_scheme(std::string_view uri);
/// Returns the URI with its password replaced by "***", for messages about URIs that can't be parsed.
std::string redact_uri(std::string_view uri);
std::string percent_encode(std::string_view text);
/// Returns null if a '%' is not followed by the two hex digits of a byte other than 0.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace holdfast
