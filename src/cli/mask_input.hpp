#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "holdfast/mask.hpp"

namespace holdfast::cli {

/// The rules of masking that a command was given.
struct MaskInput {
  std::string rules_file, key_file;
};

/// Adds --mask and --mask-key-file.
void add_mask_options(CLI::App& command, MaskInput& input);
/// Reads the files; none if no rules are given. Throws Error{invalid_argument}.
std::optional<MaskOptions> read_mask(const MaskInput& input);

}  // namespace holdfast::cli
