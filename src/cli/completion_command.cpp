#include <fmt/format.h>

#include <memory>

#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

// A word that the shell can complete: a command, or one spelling of an option.
struct Choice {
  std::string word, help;
  bool takes_value = false;
};

std::vector<Choice> options_of(const CLI::App& command) {
  std::vector<Choice> choices;
  for (const CLI::Option* option : command.get_options()) {
    const bool value = option->get_expected_max() != 0;
    for (const std::string& name : option->get_lnames()) choices.push_back({"--" + name, option->get_description(), value});
    for (const std::string& name : option->get_snames()) choices.push_back({"-" + name, option->get_description(), value});
  }
  return choices;
}

std::vector<Choice> commands_of(const CLI::App& app) {
  std::vector<Choice> choices;
  for (const CLI::App* command : app.get_subcommands({})) choices.push_back({command->get_name(), command->get_description()});
  return choices;
}

std::string words(const std::vector<Choice>& choices) {
  std::string line;
  for (const Choice& choice : choices) line += (line.empty() ? "" : " ") + choice.word;
  return line;
}

// Returns the text in single quotes. Inside them, fish reads two backslashes as one; in the other shells, the second
// one does no harm here.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(c == '\\' ? 2 : 1, c);
  return result + "'";
}

std::string bash_script(const CLI::App& app) {
  std::string script =
      "_holdfast() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} command= words word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case $word in -*) ;; *) command=$word; break ;; esac\n"
      "  done\n"
      "  case $command in\n";
  script += fmt::format("    '') words='{} {}' ;;\n", words(commands_of(app)), words(options_of(app)));
  for (const CLI::App* command : app.get_subcommands({})) {
    script += fmt::format("    {}) words='{}' ;;\n", command->get_name(), words(options_of(*command)));
  }
  script +=
      "  esac\n"
      "  COMPREPLY=()\n"
      "  [[ $command && $cur != -* ]] || COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "}\n"
      "complete -o default -F _holdfast holdfast\n";
  return script;
}

std::string zsh_list(const std::vector<Choice>& choices) {
  std::string list;
  for (const Choice& choice : choices) list += " " + quoted(choice.word + ":" + choice.help);
  return "choices=(" + list + " )";
}

std::string zsh_script(const CLI::App& app) {
  std::string script =
      "#compdef holdfast\n"
      "_holdfast() {\n"
      "  local -a choices\n"
      "  if (( CURRENT == 2 )); then\n";
  script += "    " + zsh_list(commands_of(app)) + "\n    _describe command choices\n    return\n  fi\n  case ${words[2]} in\n";
  for (const CLI::App* command : app.get_subcommands({})) {
    script += "    " + command->get_name() + ") " + zsh_list(options_of(*command)) + " ;;\n";
  }
  script +=
      "  esac\n"
      "  if [[ $PREFIX == -* ]]; then _describe -o option choices; else _files; fi\n"
      "}\n"
      "if [[ ${funcstack[1]} == _holdfast ]]; then _holdfast \"$@\"; else compdef _holdfast holdfast; fi\n";
  return script;
}

std::string fish_script(const CLI::App& app) {
  std::string script;
  for (const Choice& command : commands_of(app)) {
    script += fmt::format("complete -c holdfast -n __fish_use_subcommand -f -a {} -d {}\n", command.word, quoted(command.help));
  }
  for (const CLI::App* command : app.get_subcommands({})) {
    for (const Choice& option : options_of(*command)) {
      const bool is_long = option.word.starts_with("--");
      script +=
          fmt::format("complete -c holdfast -n '__fish_seen_subcommand_from {}' {} {}{} -d {}\n", command->get_name(),
                      is_long ? "-l" : "-s", option.word.substr(is_long ? 2 : 1), option.takes_value ? " -r" : "", quoted(option.help));
    }
  }
  return script;
}

}  // namespace

void add_completion(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("completion", "Print a script that lets the shell complete commands and options");
  const auto shell = std::make_shared<std::string>();
  command.add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  session.on(command, [&app, shell] {
    write_output(*shell == "bash" ? bash_script(app) : *shell == "zsh" ? zsh_script(app) : fish_script(app));
    return kOk;
  });
}

}  // namespace holdfast::cli
