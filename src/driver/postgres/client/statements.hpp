#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::postgres {

/// Splits SQL at semicolons outside quotes, dollar quotes and comments. Comments between statements and psql's backslash commands at
/// the start of one are dropped: no text from a dump or a file is ever handed to a shell or to psql.
std::vector<std::string> split_statements(std::string_view sql);

/// The statement with a space for each quoted text, quoted name and comment: no name and no literal can look like a word of it.
std::string bare_text(std::string_view sql);

}  // namespace holdfast::postgres
