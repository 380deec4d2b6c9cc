#pragma once

#include <string>
#include <vector>

#include "holdfast/manifest.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

/// One entry, as the text sees it. `file` is relative to the folder the script runs in, without ".enc".
struct RestoreStep {
  std::string file;
  std::string entry;        ///< its name, for people
  std::string compression;  ///< "zstd", "gzip", "lz4" or ""
  std::string sha256;       ///< of the file; empty if not known (it will have been decrypted, hence checked)
  std::string restore_with;
  int order = 0;
};

/// A shell script that checks all files and restores them with stock tools; its comments explain it to a person.
std::string restore_script(const Manifest& manifest, std::vector<RestoreStep> steps, const std::string& script_name);

/// A shell script that decrypts one backup with nothing but Python's `cryptography` package. `objects` are the encrypted ones; `to_root`
/// is the way from the script's folder to the repository ("." or "..").
std::string decrypt_script(const RepositoryInfo& repository, const Manifest& manifest, const std::vector<std::string>& objects,
                           const std::string& to_root, const std::string& script_name);

}  // namespace holdfast
