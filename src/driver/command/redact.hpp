#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// What a command line may be shown as, and what must never be.
struct Redacted {
  std::vector<std::string> words;    ///< secrets replaced by ***
  std::vector<std::string> secrets;  ///< the values taken out
};

/// Finds secrets in the words of a command: the value in "password=…" (and passwd, passphrase, secret, token; any case, also as part of
/// a longer name as in PGPASSWORD=), the word after --password, the password of user:password@ in a URI, and -p… of the MySQL clients.
Redacted redact_words(const std::vector<std::string>& words);

/// The text with every one of the secrets replaced: programs echo their arguments in error messages.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace holdfast
