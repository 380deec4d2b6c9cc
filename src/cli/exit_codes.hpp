#pragma once

namespace holdfast::cli {

/// Exit codes of the command, a promise of docs/command.md.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,     ///< a wrong option, argument or configuration; nothing was done
  kWarnings = 3,  ///< done, with warnings
  kFault = 4,     ///< verification found a fault
  kNoSuch = 5,    ///< no such repository or backup
  kWrongKey = 6,  ///< the key does not open the repository
  kCancelled = 130,
};

}  // namespace holdfast::cli
