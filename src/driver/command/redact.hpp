#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// The words of a command line for display, and the secrets that must not be displayed.
struct Redacted {
  std::vector<std::string> words;    ///< secrets replaced by ***
  std::vector<std::string> secrets;  ///< the removed values
};

/// Finds secrets in the words of a command: the value in "password=…" (and passwd, passphrase, secret, token; in any
/// case, and as a part of a longer name such as PGPASSWORD=), the word after --password, the password of user:password@
/// in a URI, and -p… of the MySQL clients.
Redacted redact_words(const std::vector<std::string>& words);

/// Replaces every secret in the text: programs repeat their arguments in error messages.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace holdfast
