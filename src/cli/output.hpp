#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "holdfast/io.hpp"

namespace holdfast::cli {

/// Writes all of it to standard output. Throws Error{io} when that is gone.
void write_output(std::string_view text);
/// Writes to standard error as far as that works.
void write_error(std::string_view text) noexcept;

/// Standard output as the end of a stream; gives up waiting for its reader when asked to stop.
std::unique_ptr<Writer> output_writer(std::stop_token stop);
/// A file that appears under its name only when complete. Throws Error{already_exists} when there is one and `overwrite` is false.
std::unique_ptr<Writer> file_writer(const std::string& path, bool overwrite);

}  // namespace holdfast::cli
