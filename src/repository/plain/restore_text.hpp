#pragma once

#include <string>
#include <vector>

#include "holdfast/manifest.hpp"

namespace holdfast {

/// One entry of the text. `file` is relative to the folder in which the script runs, without ".enc".
struct RestoreStep {
  std::string file;
  std::string entry;                    ///< name, for people
  std::string compression;              ///< "zstd", "gzip", "lz4" or ""
  std::string sha256;                   ///< of the file; empty if not known (then it was decrypted, and thereby checked)
  std::vector<std::string> hosts = {};  ///< transforms of the host, which no standard tool decodes
  std::string restore_with;
  int order = 0;
};

/// Returns a shell script that checks all files and restores them with standard tools. Its comments explain it to
/// people.
std::string restore_script(const Manifest& manifest, std::vector<RestoreStep> steps, const std::string& script_name);

/// Returns a shell script that decrypts one backup with only Python's `cryptography` package, and tells the next step.
/// `in_folder`: its objects are "ID/…", otherwise "ID.…".
std::string decrypt_script(const Manifest& manifest, bool in_folder, const std::string& script_name);

}  // namespace holdfast
