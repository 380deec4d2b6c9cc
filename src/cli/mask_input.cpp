#include "mask_input.hpp"

#include "holdfast/error.hpp"
#include "key_input.hpp"
#include "text_file.hpp"

namespace holdfast::cli {

void add_mask_options(CLI::App& command, MaskInput& input) {
  command.add_option("--mask", input.rules_file, "File of rules that replace values on their way (docs/masking.md)")->type_name("FILE");
  command.add_option("--mask-key-file", input.key_file, "File with the key of the rules in its first line, at least 16 characters")
      ->type_name("FILE");
}

std::optional<MaskOptions> read_mask(const MaskInput& input) {
  if (input.rules_file.empty()) {
    if (input.key_file.empty()) return std::nullopt;
    throw Error(ErrorCode::invalid_argument, "--mask-key-file is the key of rules: give --mask, too");
  }
  MaskOptions mask{.rules = read_text_file(input.rules_file, "mask"), .name = input.rules_file};
  if (!input.key_file.empty()) mask.key = read_secret_file(input.key_file, "mask key");
  return mask;
}

}  // namespace holdfast::cli
