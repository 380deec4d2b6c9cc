#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace holdfast {

/// Reading the values of options. All throw Error{invalid_argument}: "option KEY takes WANTED".
[[noreturn]] void refuse_value(const std::string& key, const std::string& wanted);
std::uint64_t number_value(const std::string& key, std::string_view text, std::uint64_t least, std::uint64_t most);
/// Bytes; a suffix K, M or G is understood.
std::uint64_t size_value(const std::string& key, std::string_view text, std::uint64_t least, std::uint64_t most);
/// Whole seconds, at least one, at most a day.
std::chrono::milliseconds seconds_value(const std::string& key, std::string_view text);
std::string one_of(const std::string& key, const std::string& text, std::initializer_list<std::string_view> allowed);
/// What goes into a header: no line breaks.
std::string header_value(const std::string& key, const std::string& text);
/// A URL of nothing but scheme, host and port.
std::string origin_value(const std::string& key, const std::string& text);

}  // namespace holdfast
