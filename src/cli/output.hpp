#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "holdfast/io.hpp"

namespace holdfast::cli {

/// Writes all of `text` to standard output. Throws Error{io} if that is closed.
void write_output(std::string_view text);
/// Writes to standard error as far as possible.
void write_error(std::string_view text) noexcept;

/// Returns a writer to standard output. It stops waiting for its reader when asked to.
std::unique_ptr<Writer> output_writer(std::stop_token stop);
enum class Readers { owner, others_too };  // of a file; the umask may take rights away
/// Returns a writer to a file that appears under its name only when complete. Throws Error{already_exists} if the file
/// exists and `overwrite` is false.
std::unique_ptr<Writer> file_writer(const std::string& path, bool overwrite, Readers readers = Readers::owner);

}  // namespace holdfast::cli
