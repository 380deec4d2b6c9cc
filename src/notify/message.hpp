#pragma once

#include <string>
#include <vector>

#include "base/text_template.hpp"
#include "holdfast/notify.hpp"
#include "notify/stored_notice.hpp"

namespace holdfast {

/// What a channel sends at once: one notice, or several.
struct Message {
  std::string id;  ///< the same in each attempt, so that a receiver can know a repetition
  std::vector<StoredNotice> notices;
  NoticeSeverity severity = NoticeSeverity::info;  ///< the worst
  std::string title;                               ///< one line of plain text
  std::string text;                                ///< plain text
};

/// `notices` is not empty.
Message make_message(const Channel& channel, std::vector<StoredNotice> notices);

/// Throws Error{invalid_argument} for a template that a channel can't use.
void check_templates(const Channel& channel);

/// The JSON of a webhook and of a command: id, channel, notices.
std::string message_json(const Channel& channel, const Message& message);
/// The channel's own body, or message_json.
std::string webhook_body(const Channel& channel, const Message& message);

}  // namespace holdfast
