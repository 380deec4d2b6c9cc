#pragma once

#include <string>

#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"

namespace holdfast::cli {

/// All throw Error{invalid_argument} for an invalid key or an empty password.
Key read_key_file(const std::string& path);
Secret read_signing_key(const std::string& path);  ///< a private key in PEM, or its bytes
/// Returns the first line of a file with a secret; `what` says which: "password".
Secret read_secret_file(const std::string& path, const std::string& what);
Secret run_password_command(const std::string& line, Context& context);
/// Asks on the terminal, with echo off, until the end of the line or until the context is cancelled.
Secret prompt_password(const std::string& question, Context& context);

/// Returns the first line. Throws Error{invalid_argument} that `where` has no `what` if it is empty.
Secret first_line(ByteView bytes, const std::string& where, const std::string& what = "password");

}  // namespace holdfast::cli
