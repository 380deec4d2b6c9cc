#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/bytes.hpp"

namespace holdfast::cli {

/// The values that the command reads from its environment; nothing else reads it.
struct Environment {
  std::string repository;                    ///< HOLDFAST_REPOSITORY
  Secret password;                           ///< HOLDFAST_PASSWORD, removed so that child processes do not inherit it
  std::string password_command;              ///< HOLDFAST_PASSWORD_COMMAND
  std::string principal;                     ///< HOLDFAST_PRINCIPAL, else the name of this process's user
  std::string audit_key_file;                ///< HOLDFAST_AUDIT_KEY_FILE
  std::vector<std::filesystem::path> path;   ///< PATH
  std::vector<std::string> pass;             ///< HOLDFAST_PASS_ENV: names of variables that the user's own commands inherit
  std::filesystem::path temp_directory;      ///< TMPDIR, else /tmp
  std::filesystem::path cache_directory;     ///< XDG_CACHE_HOME, else .cache in HOME; may be empty
  std::string state_directory;               ///< XDG_STATE_HOME, else .local/state in HOME; may be empty
  std::string home;                          ///< HOME
  std::map<std::string, std::string> cloud;  ///< variables that are set for programs for AWS, Azure and Google Cloud
  bool utf8 = false;                         ///< the locale writes UTF-8
  bool colour = true;                        ///< NO_COLOR is not set
};

/// Call once, before there are other threads.
Environment take_environment();

/// Returns a variable that the user names, in a job file; none if it is not set.
std::optional<std::string> named_variable(const std::string& name, const Environment& environment);

}  // namespace holdfast::cli
