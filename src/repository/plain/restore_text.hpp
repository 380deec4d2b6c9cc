#pragma once

#include <string>
#include <vector>

#include "holdfast/manifest.hpp"

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

/// A shell script that decrypts one backup with nothing but Python's `cryptography` package, and says how to go on. `in_folder`: its
/// objects are "ID/…", else "ID.…".
std::string decrypt_script(const Manifest& manifest, bool in_folder, const std::string& script_name);

}  // namespace holdfast
