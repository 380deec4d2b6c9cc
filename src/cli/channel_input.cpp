#include "channel_input.hpp"

#include "session.hpp"
#include "text_file.hpp"

namespace holdfast::cli {

void add_channel_options(CLI::App& command, std::vector<std::string>& options, std::vector<std::string>& secrets, const char* name) {
  command.add_option(name, options, "Option of the channel, as listed below (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command.add_option("--option-file", secrets, "Option whose value is in a file, for secrets (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME=FILE");
}

Options channel_options(const std::vector<std::string>& options, const std::vector<std::string>& secrets) {
  Options all = parse_pairs(options, "--option");
  for (const auto& [name, path] : parse_pairs(secrets, "--option-file")) {
    std::string value = read_text_file(path, name);
    while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
    if (!all.emplace(name, std::move(value)).second)
      throw Error(ErrorCode::invalid_argument, "--option-file and --option both give " + name + ": leave one out");
  }
  return all;
}

}  // namespace holdfast::cli
