#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Azure takes a backslash for a slash and drops dots at the end of a part of a name: such bytes are written %5C and %2E, and % itself %25.
/// Names without them, as all of Holdfast's are, stay as they are, and their order does.
std::string blob_name_of(std::string_view name);
/// The other way. A blob that is not ours may have any name; it stays as it is when it is none of these.
std::string name_of_blob(std::string_view blob);

}  // namespace holdfast
