#pragma once

#include <sys/stat.h>

namespace holdfast {

/// Modes of what is created below a repository's root folder, by the folder's own mode.
struct FolderModes {
  bool shared = false;  ///< with the folder's group
  mode_t file = S_IRUSR | S_IWUSR;
  mode_t directory = S_IRWXU;
};

/// A folder is a group's if its group may write in it, or if it hands its group down (setgid). Then the group may do
/// with what is created below it what it may do with the folder. `mkdir` and most umasks let a group read any folder,
/// so that this alone shares nothing. Others than the group never get access.
constexpr FolderModes modes_below(mode_t folder) noexcept {
  FolderModes modes;
  if ((folder & (S_IWGRP | S_ISGID)) == 0) return modes;
  modes.shared = true;
  modes.file |= folder & (S_IRGRP | S_IWGRP);
  modes.directory |= folder & (S_IRWXG | S_ISGID);
  return modes;
}

}  // namespace holdfast
