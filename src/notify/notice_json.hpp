#pragma once

#include "base/json_writer.hpp"
#include "holdfast/notice.hpp"

namespace holdfast {

/// Writes the members except the facts into an open object.
void write_texts(JsonWriter& out, const Notice& notice);
/// Writes the members of a notice's JSON into an open object.
void write_members(JsonWriter& out, const Notice& notice);

}  // namespace holdfast
