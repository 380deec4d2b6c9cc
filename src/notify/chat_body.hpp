#pragma once

#include <string>

#include "notify/message.hpp"

namespace holdfast {

// The bodies that chats take. Each shows title and text as they are: no part of them becomes markup, a link or a
// mention. A text that is too long for the chat is cut.
std::string slack_body(const Message& message);
std::string discord_body(const Message& message);
std::string teams_body(const Message& message);

}  // namespace holdfast
