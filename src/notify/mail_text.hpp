#pragma once

#include <string>
#include <string_view>

#include "holdfast/notify.hpp"
#include "notify/message.hpp"

namespace holdfast {

/// Returns the message as RFC 5322 describes it, with CRLF: headers, and the text in base64, in which no line can be
/// anything else.
std::string mail_text(const MailRoute& route, const Message& message, TimePoint now);

/// Returns whether this is an address that a header and an SMTP command can hold as it is: ASCII, without blanks,
/// brackets, quotes and separators, with one '@'.
bool is_plain_address(std::string_view text);

}  // namespace holdfast
