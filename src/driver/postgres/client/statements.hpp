#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::postgres {

/// Splits SQL at semicolons outside quotes, dollar quotes and comments. Drops comments between statements, and psql's
/// backslash commands at the start of one: no text from a dump or file ever reaches a shell or psql.
std::vector<std::string> split_statements(std::string_view sql);

/// Returns the statement with spaces for the bytes of quoted texts, quoted names and comments: all places stay.
std::string masked_text(std::string_view sql);

/// Returns the statement with a space for each quoted text, quoted name and comment, so that no name or literal can be
/// mistaken for one of its words.
std::string bare_text(std::string_view sql);

}  // namespace holdfast::postgres
