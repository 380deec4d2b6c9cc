#pragma once

#include <string>
#include <string_view>

#include "holdfast/notice.hpp"

namespace holdfast {

/// A notice in the outbox. docs/notifications.md describes its bytes.
struct StoredNotice {
  std::string id;  ///< 32 hex digits of the notice's content
  TimePoint stored{};
  Notice notice;
};

/// Returns the notice as it is stored: texts cut to lengths that every channel can take, facts with each name once. A
/// notice without a time is of now.
StoredNotice stored_notice(Notice notice, TimePoint now);

std::string write_stored(const StoredNotice& stored);
/// Throws Error{corrupt}, and Error{unsupported} for a later version's. `object` is for errors.
StoredNotice read_stored(std::string_view text, const std::string& object);

}  // namespace holdfast
