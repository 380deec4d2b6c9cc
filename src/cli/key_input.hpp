#pragma once

#include <string>

#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"

namespace holdfast::cli {

/// All throw Error{invalid_argument} when what they find is no key or an empty password.
Key read_key_file(const std::string& path);
Secret read_password_file(const std::string& path);
Secret run_password_command(const std::string& line, Context& context);
/// Asks on the terminal, echo off, until the line ends or the context is cancelled.
Secret prompt_password(const std::string& question, Context& context);

/// The first line; Error{invalid_argument} saying that `where` has no password when it is empty.
Secret first_line(ByteView bytes, const std::string& where);

}  // namespace holdfast::cli
